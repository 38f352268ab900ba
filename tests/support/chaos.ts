import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@medallion/devstack';
import type { Random } from './random.ts';
import type { ServiceGroup } from './service-group.ts';
import type { ServiceProcess } from './service-process.ts';

/** Something that goes wrong, so many milliseconds after the start. */
type Mishap = { readonly atMs: number; readonly run: () => Promise<void> };

/** What went wrong, and how often. */
export type ChaosTotals = {
  readonly kills: ReadonlyMap<string, number>;
  readonly pauses: number;
  readonly restarts: readonly string[];
};

/** How much goes wrong. */
export type ChaosOptions = {
  readonly random: Random;
  readonly groups: readonly ServiceGroup[];
  readonly stack: Stack;
  /** All of it happens within this time. */
  readonly durationMs: number;
  readonly killsEach: number;
  /** Longer than the services' session. */
  readonly pauseMs: number;
  /** Told of each mishap as it happens. */
  readonly tell: (line: string) => void;
};

/**
 * Kills, pauses, doubles and restarts what the pipeline runs on, at moments drawn from the seed. Services are killed
 * evenly over the time, one moment in each slice of it; in the middle part two instances of each run at once.
 */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #kills = new Map<string, number>();
  readonly #paused = new Set<ServiceProcess>();
  readonly #restarts: string[] = [];
  #pauses = 0;

  constructor(options: ChaosOptions) {
    this.#options = options;
  }

  get totals(): ChaosTotals {
    return { kills: this.#kills, pauses: this.#pauses, restarts: this.#restarts };
  }

  /** Resolves when all of it has happened and been waited for. */
  async run(): Promise<void> {
    const { durationMs } = this.#options;
    const started = performance.now();
    await Promise.all(
      this.#schedule(durationMs).map(async ({ atMs, run }) => {
        await delay(Math.max(0, started + atMs - performance.now()));
        await run();
      }),
    );
  }

  #schedule(durationMs: number): readonly Mishap[] {
    const { groups, killsEach, random, stack } = this.#options;
    const within = (low: number, high: number): number => random.between(low * durationMs, high * durationMs);
    const kills = groups.flatMap((group) =>
      Array.from({ length: killsEach }, (_, i): Mishap => {
        const slice = 0.94 / killsEach;
        return { atMs: within(0.03 + i * slice, 0.03 + (i + 1) * slice), run: () => this.#kill(group) };
      }),
    );
    const [, silver, gold] = groups as [ServiceGroup, ServiceGroup, ServiceGroup];
    return [
      ...kills,
      { atMs: 0.28 * durationMs, run: () => this.#scale(2) },
      { atMs: within(0.32, 0.4), run: () => this.#pause(gold) },
      { atMs: within(0.4, 0.5), run: () => this.#pause(silver) },
      { atMs: within(0.5, 0.6), run: () => this.#restart('Postgres', stack.postgres) },
      { atMs: 0.72 * durationMs, run: () => this.#scale(1) },
      { atMs: within(0.74, 0.85), run: () => this.#restart('the broker', stack.kafka) },
    ];
  }

  /** One that runs, not one that is paused: that would only end the pause. */
  #victim(group: ServiceGroup): ServiceProcess | undefined {
    const awake = group.instances.filter((instance) => instance.running && !this.#paused.has(instance));
    return awake.length === 0 ? undefined : this.#options.random.pick(awake);
  }

  async #kill(group: ServiceGroup): Promise<void> {
    let victim = this.#victim(group);
    while (victim === undefined) {
      await delay(250);
      victim = this.#victim(group);
    }
    this.#options.tell(`SIGKILL ${group.name} (process ${victim.pid}, one of ${group.instances.length})`);
    this.#kills.set(group.name, (this.#kills.get(group.name) ?? 0) + 1);
    await group.kill(victim);
  }

  async #pause(group: ServiceGroup): Promise<void> {
    const { pauseMs, tell } = this.#options;
    const victim = this.#victim(group);
    if (victim === undefined) return;
    tell(`SIGSTOP ${group.name} (process ${victim.pid}) for ${pauseMs / 1000} s`);
    this.#paused.add(victim);
    victim.signal('SIGSTOP');
    await delay(pauseMs);
    victim.signal('SIGCONT');
    this.#paused.delete(victim);
    this.#pauses++;
    tell(`SIGCONT ${group.name} (process ${victim.pid})`);
  }

  async #scale(count: number): Promise<void> {
    this.#options.tell(`${count} instances of each service`);
    await Promise.all(this.#options.groups.map((group) => group.scale(count)));
  }

  async #restart(name: string, service: Stack['kafka']): Promise<void> {
    if (service === undefined) throw new Error(`${name} is not ours to restart`);
    this.#options.tell(`SIGKILL ${name} (process ${service.pid})`);
    await service.restart({ hard: true });
    this.#options.tell(`${name} is up again`);
    this.#restarts.push(name);
  }
}
