import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@medallion/devstack';
import type { Random } from './random.ts';
import type { ServiceGroup } from './service-group.ts';
import type { ServiceProcess } from './service-process.ts';

/** What went wrong, and how often. */
export type ChaosTotals = {
  readonly kills: ReadonlyMap<string, number>;
  readonly pauses: ReadonlyMap<string, number>;
  readonly restarts: readonly string[];
};

/** How much goes wrong. */
export type ChaosOptions = {
  readonly random: Random;
  /** bronze, silver, gold. */
  readonly groups: readonly [ServiceGroup, ServiceGroup, ServiceGroup];
  readonly stack: Stack;
  /** All of it happens within about this time. */
  readonly durationMs: number;
  /** After so long a group takes a silent member for dead. */
  readonly sessionMs: number;
  /** Told of each mishap as it happens. */
  readonly tell: (line: string) => void;
};

/** What gold logs when the lease refuses a batch. */
export const LEASE_LOST = 'MED_LEASE_LOST';
/** Times that each service is killed. */
export const KILLS_EACH = 5;
/** A paused gold instance has a batch in hand more often than not: so often it is tried until one is refused. */
const MAX_GOLD_PAUSES = 3;

/**
 * Kills, pauses, doubles and restarts what the pipeline runs on, at moments drawn from the seed, in three parts:
 *
 * 1. one instance of each service: each is killed twice;
 * 2. two of each: gold and silver are paused beyond their session, so that the other instance takes over, and then go
 *    on as if nothing had happened; then one of each two is killed;
 * 3. one of each again: each is killed twice, Postgres once, the broker once.
 */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #kills = new Map<string, number>();
  readonly #pauses = new Map<string, number>();
  readonly #restarts: string[] = [];

  constructor(options: ChaosOptions) {
    this.#options = options;
  }

  get totals(): ChaosTotals {
    return { kills: this.#kills, pauses: this.#pauses, restarts: this.#restarts };
  }

  /** Resolves when all of it has happened and been waited for. */
  async run(): Promise<void> {
    const { durationMs, stack, groups, sessionMs } = this.#options;
    const started = performance.now();
    const from = (part: number): number => started + part * durationMs;
    /** At a random moment between two parts of the time. */
    const during = async (low: number, high: number, run: () => Promise<void>): Promise<void> => {
      await delay(Math.max(0, this.#options.random.between(from(low), from(high)) - performance.now()));
      await run();
    };
    const killEach = (low: number, high: number) => groups.map((group) => during(low, high, () => this.#kill(group)));

    await Promise.all([...killEach(0.03, 0.14), ...killEach(0.16, 0.27)]);
    await during(0.28, 0.28, () => this.#scale(2));
    await delay(sessionMs + 3_000);
    await this.#pauseSome();
    await Promise.all(killEach(0.66, 0.72));
    await during(0.74, 0.76, () => this.#scale(1));
    await Promise.all([
      ...killEach(0.77, 0.87),
      during(0.77, 0.82, () => this.#restart('Postgres', stack.postgres)),
      during(0.85, 0.93, () => this.#restart('the broker', stack.kafka)),
      ...killEach(0.88, 1),
    ]);
  }

  async #pauseSome(): Promise<void> {
    const [, silver, gold] = this.#options.groups;
    await this.#pause(gold);
    await this.#pause(silver);
    while (gold.logged(LEASE_LOST) === 0 && this.#pauses.get(gold.name)! < MAX_GOLD_PAUSES) await this.#pause(gold);
  }

  async #kill(group: ServiceGroup): Promise<void> {
    let victim: ServiceProcess | undefined;
    for (; victim === undefined; await delay(100)) victim = this.#anyOf(group);
    this.#options.tell(`SIGKILL ${group.name} (process ${victim.pid}, one of ${group.instances.length})`);
    count(this.#kills, group.name);
    await group.kill(victim);
  }

  async #pause(group: ServiceGroup): Promise<void> {
    const { sessionMs, tell } = this.#options;
    const victim = this.#anyOf(group);
    if (victim === undefined) throw new Error(`there is no ${group.name} to pause`);
    tell(`SIGSTOP ${group.name} (process ${victim.pid}, one of ${group.instances.length})`);
    victim.signal('SIGSTOP');
    await delay(sessionMs + 3_000);
    victim.signal('SIGCONT');
    tell(`SIGCONT ${group.name} (process ${victim.pid})`);
    count(this.#pauses, group.name);
    await delay(2_000);
  }

  #anyOf(group: ServiceGroup): ServiceProcess | undefined {
    const running = group.instances.filter((instance) => instance.running);
    return running.length === 0 ? undefined : this.#options.random.pick(running);
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

const count = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
