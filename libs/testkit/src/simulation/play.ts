import type { Instant } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { MemoryRegistry } from '../codec/memory-codecs.ts';
import { MemoryDatabase } from '../store/memory-database.ts';
import { behind } from './caught-up.ts';
import { chanceOf } from './chance.ts';
import { playFaults, type Servers } from './fault-player.ts';
import { guarded } from './guard.ts';
import { Invariants } from './invariants.ts';
import { Network } from './network.ts';
import { noted } from './noted.ts';
import { EPOCH_MS, endOf, nameOf, type Scenario } from './scenario.ts';
import { Service } from './service.ts';
import { SimCluster } from './sim-cluster.ts';
import { SimFolder } from './sim-files.ts';
import { StoreWitness } from './store-witness.ts';
import { Trace } from './trace.ts';
import { isKnown, isSetBack, stateFrom, unneeded } from './unneeded.ts';
import { VirtualTime } from './virtual-time.ts';
import { weatherOf } from './weather.ts';
import type { Look, Violation, World } from './world.ts';

/** What came of a run. */
export type Played = {
  /** Promises that were broken, the first moment of them; none when all held. */
  readonly violations: readonly Violation[];
  /** What happened, in its order; empty unless it was asked for. */
  readonly trace: readonly string[];
  /** The same for the same scenario. */
  readonly digest: string;
  /** How long it was, in milliseconds of its own time. */
  readonly lengthMs: number;
  /** Pieces of work. */
  readonly steps: number;
};

/** Once the last fault has passed, everything must be processed within so long. */
const PATIENCE_MS = 600_000;
/** After that, nothing may come any more. */
const SETTLE_MS = 6_000;
/** No divisor of any period, so that it never looks in step with anything. */
const LOOK_EVERY_MS = 1_037;
/** A run that does so much goes round in circles. */
const MOST_STEPS = 2_000_000;

/**
 * Plays a scenario: all services of a pipeline on a simulated log, registry and database, in virtual time. The same scenario
 * gives the same run, to the byte of its trace.
 *
 * @example
 * const { violations } = await play(drawScenario(4711, santa), santa)
 */
export async function play(
  scenario: Scenario,
  world: World,
  options: { readonly trace?: boolean } = {},
): Promise<Played> {
  const run = new Run(scenario, world, options.trace ?? false);
  const { stackTraceLimit } = Error;
  // Errors are everyday things here, and their stacks cost more than all the rest.
  Error.stackTraceLimit = options.trace ? stackTraceLimit : 0;
  try {
    return await guarded(scenario.seed, () => run.play());
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

class Run {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #plan: PipelinePlan;
  readonly #time: VirtualTime;
  readonly #trace: Trace;
  readonly #cluster: SimCluster;
  readonly #network: Network;
  readonly #servers: Servers;
  readonly #services = new Map<string, Service>();
  readonly #invariants = new Invariants();
  readonly #violations: Violation[] = [];

  constructor(scenario: Scenario, world: World, keepTrace: boolean) {
    const { seed, brokers, faults, firstRebalanceMs = 0 } = scenario;
    this.#scenario = scenario;
    this.#world = world;
    this.#plan = world.plan;
    const time = new VirtualTime(seed);
    this.#time = time;
    this.#trace = new Trace(() => time.now, keepTrace);
    const { schedule } = time;
    const now = () => time.now;
    this.#cluster = new SimCluster({ brokers, schedule, now, firstRebalanceMs, chance: chanceOf(seed, 'brokers') });
    this.#servers = {
      database: new MemoryDatabase(() => EPOCH_MS + time.now),
      replicas: new Set(),
      isPostgresUp: true,
      isRegistryUp: true,
      isFilesUp: true,
      collisions: 0,
      failovers: 0,
      hasLost: false,
    };
    const storms = faults.filter((fault) => fault.kind === 'network');
    this.#network = new Network(
      schedule,
      noted(weatherOf(storms, now), this.#trace),
      (server) => this.#isUp(server),
      (error) => this.#broken('simulator', String(error instanceof Error ? (error.stack ?? error) : error)),
    );
  }

  async play(): Promise<Played> {
    const { scenario, time } = { scenario: this.#scenario, time: this.#time };
    for (const topic of this.#world.inputs) this.#cluster.createTopic(topic, scenario.partitions);
    this.#feed();
    this.#feedFiles();
    this.#startServices();
    playFaults(scenario.faults, {
      schedule: time.schedule,
      cluster: this.#cluster,
      services: this.#services,
      servers: this.#servers,
      trace: this.#trace,
      isQuiet: () => this.#network.changesUnderWay === 0,
      unneeded: (topic, partition) => this.#unneeded(topic, partition),
      stateFrom: (topic, partition) => stateFrom(this.#plan, this.#cluster, { topic, partition }),
      isKnown: (topic, partition) =>
        [this.#servers.database, ...this.#servers.replicas].every((database) =>
          isKnown(this.#plan, this.#cluster, database, { topic, partition }),
        ),
    });
    for (const atMs of scenario.checksMs) time.schedule(atMs, () => this.#check(false));
    const lastMs = Math.max(
      ...scenario.faults.map(endOf),
      ...scenario.records.map(({ atMs }) => atMs),
      ...(scenario.files ?? []).map(({ atMs, settlesMs }) => atMs + settlesMs),
      ...scenario.processes.map(({ startMs }) => startMs),
      0,
    );
    const isOver = (): boolean => this.#violations.length > 0 || time.steps > MOST_STEPS;
    await time.run(lastMs, isOver);
    if (!isOver()) await this.#catchUp(lastMs + PATIENCE_MS, isOver);
    if (time.steps > MOST_STEPS) this.#broken('liveness', `it was not over after ${MOST_STEPS} steps`);
    for (const service of this.#services.values()) service.end();
    return {
      violations: this.#violations,
      trace: this.#trace.lines,
      digest: this.#trace.digest,
      lengthMs: time.now,
      steps: time.steps,
    };
  }

  /** Until all is processed, which must not take for ever. */
  async #catchUp(untilMs: number, isOver: () => boolean): Promise<void> {
    const time = this.#time;
    const left = () => behind(this.#plan, this.#cluster, this.#servers.database);
    const isDone = () =>
      this.#network.changesUnderWay === 0 && left().length === 0 && this.#world.isSettled?.(this.#look(true)) !== false;
    for (;;) {
      await time.run(time.now + LOOK_EVERY_MS, isOver);
      if (isOver()) return;
      if (isDone()) {
        await time.run(time.now + SETTLE_MS, isOver);
        if (isOver()) return;
        if (isDone()) break;
      }
      if (this.#hasStopped()) {
        // Where records were lost, this is how it must end.
        await time.run(time.now + SETTLE_MS, isOver);
        return this.#check(false);
      }
      if (time.now > untilMs) {
        const waiting = [...this.#services.values()].flatMap(({ name, conditions }) =>
          [...conditions].flatMap(([flow, condition]) =>
            condition.ok ? [] : [`${name}: ${flow}: ${condition.message}`],
          ),
        );
        return this.#broken(
          'liveness',
          [`${this.#network.changesUnderWay} changes under way`, ...left(), ...waiting].slice(0, 5).join('; '),
        );
      }
    }
    this.#check(true);
  }

  /** A flow has stopped as records were lost that it had not read, and says so. */
  #hasStopped(): boolean {
    if (!this.#servers.hasLost && !isSetBack(this.#plan, this.#cluster)) return false;
    const conditions = [...this.#services.values()].flatMap((service) => [...service.conditions.values()]);
    return conditions.some((condition) => !condition.ok && condition.code === 'MED_LOG_GAP');
  }

  #broken(invariant: string, what: string): void {
    this.#trace.note('BROKEN', `${invariant}: ${what}`);
    this.#violations.push({ invariant, what });
  }

  #look(isEnd: boolean): Look {
    return {
      scenario: this.#scenario,
      plan: this.#plan,
      cluster: this.#cluster,
      database: this.#servers.database,
      epochMs: EPOCH_MS,
      isEnd,
    };
  }

  #check(isEnd: boolean): void {
    const look = this.#look(isEnd);
    const found = [...this.#invariants.check(look, this.#servers.failovers), ...this.#world.check(look)];
    for (const { invariant, what } of found.slice(0, 10)) this.#broken(invariant, what);
  }

  #feed(): void {
    for (const { atMs, topic, partition, key, value, what } of this.#scenario.records)
      this.#time.schedule(atMs, () => {
        const record = { key, value, headers: {} };
        const [offset] = this.#cluster.append([{ topic, partition, records: [record] }], EPOCH_MS + this.#time.now);
        this.#trace.note('producer', `${topic}[${partition}] offset ${offset}: ${what}`);
      });
  }

  #feedFiles(): void {
    const { schedule } = this.#time;
    for (const { atMs, path, rows, settlesMs } of this.#scenario.files ?? [])
      schedule(atMs, () => {
        this.#trace.note('producer', rows === null ? `${path} is removed` : `${path}: ${rows.length} rows`);
        if (rows === null) this.#folder.remove(path);
        else this.#folder.put(path, rows, Math.floor(EPOCH_MS + this.#time.now) as Instant);
        if (settlesMs === 0) return;
        this.#folder.settling(path);
        schedule(settlesMs, () => this.#folder.settled(path));
      });
  }

  #startServices(): void {
    const { seed, settings, processes } = this.#scenario;
    const time = this.#time;
    const collisions = chanceOf(seed, 'collisions');
    const witness = new StoreWitness({
      plan: this.#plan,
      cluster: this.#cluster,
      broken: (invariant, what) => this.#broken(invariant, what),
    });
    for (const { layer, slot, startMs, skewMs } of processes) {
      const service = new Service({ layer, slot }, skewMs, {
        seed,
        plan: this.#plan,
        settings,
        schedule: time.schedule,
        trueNow: () => EPOCH_MS + time.now,
        network: this.#network,
        cluster: this.#cluster,
        registry: this.#registry,
        folder: this.#folder,
        database: () => this.#servers.database,
        collides: () => this.#servers.collisions > 0 && collisions.happens(this.#servers.collisions),
        witness,
        trace: this.#trace,
        failed: (who, what) => this.#broken('engine', `${who}: ${what}`),
      });
      this.#services.set(nameOf({ layer, slot }), service);
      time.schedule(startMs, () => service.start());
    }
  }

  readonly #registry = new MemoryRegistry();
  readonly #folder = new SimFolder();

  #isUp(server: string): boolean {
    if (server === 'postgres') return this.#servers.isPostgresUp;
    if (server === 'registry') return this.#servers.isRegistryUp;
    if (server === 'files') return this.#servers.isFilesUp;
    return this.#cluster.isUp(Number(server.slice('broker '.length)));
  }

  #unneeded(topic: string, partition: number): number {
    const { database, replicas } = this.#servers;
    const databases = [database, ...replicas];
    return Math.min(...databases.map((each) => unneeded(this.#plan, this.#cluster, each, { topic, partition })));
  }
}
