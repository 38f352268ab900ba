import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NODE_ARGUMENTS, NODE_ENVIRONMENT } from '@medallion/devstack';
import { until } from './until.ts';

/** The three services of the pipeline. */
export const SERVICES = ['bronze-ingest', 'silver-enrich', 'gold-aggregate'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How a process ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A line of a service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level?: string | number; readonly msg?: string };

const alive = new Set<ChildProcess>();
// Whatever becomes of the test, its services do not outlive it; SIGKILL reaches stopped processes too.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** One running instance of a service, as an operator would start it: its environment, its log, its endpoints. */
export class ServiceProcess {
  readonly name: string;
  readonly logFile: string;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #ending: Ending | null = null;
  #url: string | null = null;

  /** `name` is a folder of services/; `main` is the program, where it is another than the one there. */
  constructor(name: string, env: Readonly<Record<string, string>>, logFile: string, main?: URL) {
    this.name = name;
    this.logFile = logFile;
    const log = openSync(logFile, 'a');
    const program = fileURLToPath(main ?? new URL(`../../services/${name}/src/main.ts`, import.meta.url));
    // Nothing of the test's own environment but what a process needs: the stack's addresses come from `env`.
    const { PATH = '', HOME = '', NODE_COMPILE_CACHE: compiled } = process.env;
    const base = { PATH, HOME, PORT: '0', ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }) };
    this.#child = spawn(process.execPath, [...NODE_ARGUMENTS, program], {
      env: { ...NODE_ENVIRONMENT, ...base, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    alive.add(this.#child);
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        this.#ending = ending;
        alive.delete(this.#child);
        resolve(ending);
      };
      this.#child.once('exit', (code, signal) => end({ code, signal }));
      this.#child.once('error', () => end({ code: -1, signal: null }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get running(): boolean {
    return this.#ending === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** What the service has logged; lines that are no JSON are left out. */
  log(): readonly LogLine[] {
    return readFileSync(this.logFile, 'utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as LogLine];
        } catch {
          return [];
        }
      });
  }

  /** Where its endpoints are. */
  async url(timeoutMs = 300_000): Promise<string> {
    this.#url ??= await until(
      `the address of ${this.name}`,
      () => {
        if (!this.running) throw new Error(`it ended: ${JSON.stringify(this.#ending)}, see ${this.logFile}`);
        const line = this.log().find((each) => typeof each.url === 'string' && each.msg?.includes('/readyz'));
        return line === undefined ? null : (line.url as string);
      },
      { timeoutMs, everyMs: 50 },
    );
    return this.#url;
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(new URL(path, await this.url()), { signal: AbortSignal.timeout(30_000) });
    return { status: response.status, text: await response.text() };
  }

  /** Resolves when it says that it is ready. */
  async ready(timeoutMs = 300_000): Promise<void> {
    await until(`${this.name} is ready`, async () => ((await this.get('/readyz')).status === 200 ? true : null), {
      timeoutMs,
      everyMs: 100,
      describe: () => `see ${this.logFile}`,
    });
  }

  /** SIGTERM, and SIGKILL when that is not enough; how it ended. */
  async stop(timeoutMs = 300_000): Promise<Ending> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const waited = new AbortController();
    await Promise.race([this.ended, delay(timeoutMs, undefined, { signal: waited.signal }).catch(() => {})]);
    waited.abort();
    this.signal('SIGKILL');
    return this.ended;
  }
}
