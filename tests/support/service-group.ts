import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ending, type ServiceName, ServiceProcess } from './service-process.ts';

/** After so many ends by themselves nobody starts a service again: the test has failed, and shall say so soon. */
const MAX_CRASHES = 3;

/** Keeps so many instances of a service running, as an orchestrator does: one that ends is started again. */
export class ServiceGroup {
  readonly name: ServiceName;
  /** Ends that nobody here asked for, as lines. */
  readonly crashes: string[] = [];
  #env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #main: URL | undefined;
  readonly #instances = new Set<ServiceProcess>();
  readonly #asked = new Set<ServiceProcess>();
  readonly #logFiles: string[] = [];
  #wanted = 0;

  /** `main`: what is run instead of the service's own main.ts. */
  constructor(name: ServiceName, env: Readonly<Record<string, string>>, logFolder: string, main?: URL) {
    this.#main = main;
    this.name = name;
    this.#env = env;
    this.#folder = logFolder;
  }

  get instances(): readonly ServiceProcess[] {
    return [...this.#instances];
  }

  /** How many shall run. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Instances started so far. */
  get started(): number {
    return this.#logFiles.length;
  }

  /** Starts instances, or stops the oldest in order, until there are `count`. */
  async scale(count: number): Promise<void> {
    this.#wanted = count;
    const surplus = this.instances.slice(0, Math.max(0, this.#instances.size - count));
    while (this.#instances.size < count) this.#start();
    await Promise.all(surplus.map((instance) => this.#stop(instance)));
  }

  /** What instances that start from now on have in their environment beside the rest. */
  with(env: Readonly<Record<string, string>>): void {
    this.#env = { ...this.#env, ...env };
  }

  /** SIGTERM; the next one starts as soon as it is gone. */
  async replace(instance: ServiceProcess): Promise<Ending> {
    return this.#stop(instance);
  }

  /** How many lines all instances have logged that hold this text. */
  logged(text: string): number {
    const lines = this.#logFiles.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
    return lines.filter((line) => line.includes(text)).length;
  }

  /** Throws when instances have ended by themselves. */
  assertAlive(): void {
    if (this.crashes.length > 0) throw new Error(this.crashes.join('\n'));
  }

  /** SIGKILL; the next one starts as soon as it is gone. */
  async kill(instance: ServiceProcess): Promise<void> {
    this.#asked.add(instance);
    instance.signal('SIGKILL');
    await instance.ended;
  }

  /** Stops all of them in order; how they ended. */
  async stop(): Promise<readonly Ending[]> {
    this.#wanted = 0;
    return Promise.all(this.instances.map((instance) => this.#stop(instance)));
  }

  #stop(instance: ServiceProcess): Promise<Ending> {
    this.#asked.add(instance);
    return instance.stop();
  }

  #start(): void {
    const logFile = join(this.#folder, `${this.name}-${this.#logFiles.length + 1}.log`);
    this.#logFiles.push(logFile);
    const instance = new ServiceProcess(this.name, this.#env, logFile, this.#main);
    this.#instances.add(instance);
    void instance.ended.then((ending) => {
      this.#instances.delete(instance);
      if (!this.#asked.has(instance))
        this.crashes.push(`${this.name} ended: ${JSON.stringify(ending)}, see ${instance.logFile}`);
      if (this.#instances.size < this.#wanted && this.crashes.length < MAX_CRASHES) this.#start();
    });
  }
}
