import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../support/until.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Whichever of the two this machine has; the file is for both. */
const candidates = [['docker', 'compose'], ['docker-compose']] as const;

/** What a program printed. */
export type Output = { readonly stdout: string; readonly stderr: string };

/** Runs docker; rejects with what it printed when it fails. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', [...args], { maxBuffer: 64_000_000, timeout: 120_000 });
  return stdout.trim();
}

/** The project of docker-compose.yml under a name of its own, with the ports that the check needs. */
export class Compose {
  readonly project: string;
  readonly #command: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  private constructor(command: readonly string[], project: string, env: NodeJS.ProcessEnv) {
    this.#command = command;
    this.project = project;
    this.#env = { ...process.env, ...env, COMPOSE_PROJECT_NAME: project };
  }

  /**
   * Null where this machine has no docker, or no compose for it; COMPOSE_COMMAND says which one to take.
   */
  static async find(project: string, env: Readonly<Record<string, string>>): Promise<Compose | null> {
    if (!(await works(['docker', 'info']))) return null;
    const wanted = process.env.COMPOSE_COMMAND?.split(' ');
    for (const command of wanted === undefined ? candidates : [wanted])
      if (await works([...command, 'version'])) return new Compose(command, project, env);
    return null;
  }

  /** The same project with other variables. */
  with(env: Readonly<Record<string, string>>): Compose {
    return new Compose(this.#command, this.project, { ...this.#env, ...env });
  }

  /** The command and its version. */
  async version(): Promise<string> {
    const { stdout } = await this.#run(['version', '--short'], 10_000);
    return `${this.#command.join(' ')} ${stdout.trim()}`;
  }

  /** Runs a command of compose; rejects with what it printed when it fails. */
  run(...args: readonly string[]): Promise<Output> {
    const files = ['-f', join(ROOT, 'docker-compose.yml'), '-f', join(import.meta.dirname, 'ports.yml')];
    return this.#run([...files, ...args], 600_000);
  }

  /** The containers of a service that run, in no order; with `all` those that have ended too. */
  async containers(service: string, all = false): Promise<readonly string[]> {
    const filters = [`com.docker.compose.project=${this.project}`, `com.docker.compose.service=${service}`];
    const oneoff = 'com.docker.compose.oneoff=False';
    const labels = [...filters, oneoff].flatMap((label) => ['--filter', `label=${label}`]);
    const ids = await docker('ps', '-q', ...(all ? ['-a'] : []), ...labels);
    return ids === '' ? [] : ids.split('\n');
  }

  /** Waits until all containers of services are healthy; a service that is named twice has at least two. */
  async healthy(services: readonly string[]): Promise<void> {
    await until(
      `${services.join(', ')} healthy`,
      async () => {
        const ids = (await Promise.all([...new Set(services)].map((service) => this.containers(service)))).flat();
        if (ids.length < services.length) return null;
        const states = await docker('inspect', '-f', '{{.State.Health.Status}}', ...ids);
        return states.split('\n').every((state) => state === 'healthy') || null;
      },
      { timeoutMs: 120_000, everyMs: 500 },
    );
  }

  /** What a file in a volume of the project holds. */
  async secret(volume: string, file: string): Promise<string> {
    const print = `process.stdout.write(require('node:fs').readFileSync('/read/${file}', 'utf8'))`;
    const mount = `${this.project}_${volume}:/read:ro`;
    return docker('run', '--rm', '--entrypoint', 'node', '-v', mount, 'medallion:latest', '-e', print);
  }

  async #run(args: readonly string[], timeout: number): Promise<Output> {
    const [file, ...first] = this.#command as [string, ...string[]];
    const options = { cwd: ROOT, env: this.#env, timeout, maxBuffer: 64_000_000 };
    try {
      return await run(file, [...first, ...args], options);
    } catch (error) {
      const { stdout = '', stderr = '' } = error as Partial<Output>;
      throw new Error(`compose ${args.slice(4).join(' ')} failed\n${stdout}\n${stderr}`.slice(-6_000), {
        cause: error,
      });
    }
  }
}

async function works([file, ...args]: readonly string[]): Promise<boolean> {
  return run(file!, args, { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}
