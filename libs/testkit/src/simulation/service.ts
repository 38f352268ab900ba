import { isMedallionError, type Log, type LogFields, messageOf, milliseconds, noMetrics } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { type Condition, noProgress, type RunningFlow, runLayer } from '@medallion/runtime';
import type { MemoryRegistry } from '../codec/memory-codecs.ts';
import type { Schedule } from '../log/schedule.ts';
import type { MemoryDatabase } from '../store/memory-database.ts';
import type { Network } from './network.ts';
import { nameOf, type ScenarioSettings, type Who } from './scenario.ts';
import type { SimCluster } from './sim-cluster.ts';
import { simCodecs } from './sim-codecs.ts';
import { type SimFolder, simFiles } from './sim-files.ts';
import { simLog } from './sim-log.ts';
import { SimProcess } from './sim-process.ts';
import { simStore } from './sim-store.ts';
import type { StoreWitness } from './store-witness.ts';
import type { Trace } from './trace.ts';

/** What a service is started on. */
export type ServiceParts = {
  readonly seed: number;
  readonly plan: PipelinePlan;
  readonly settings: ScenarioSettings;
  readonly schedule: Schedule;
  readonly trueNow: () => number;
  readonly network: Network;
  readonly cluster: SimCluster;
  readonly registry: MemoryRegistry;
  readonly folder: SimFolder;
  readonly database: () => MemoryDatabase;
  readonly collides: () => boolean;
  readonly witness: StoreWitness;
  readonly trace: Trace;
  /** The engine did what it must never do. */
  readonly failed: (who: string, what: string) => void;
};

/** After SIGTERM a service has so long to drain, then it is killed. */
const SHUTDOWN_MS = 20_000;

/**
 * An instance of a service: a process that runs one layer, and whoever starts it again.
 *
 *   down ──start──▶ running ──kill──▶ down
 *                      └──stop──▶ draining ──drained, or its time is over──▶ down
 */
export class Service {
  readonly #who: Who;
  readonly #parts: ServiceParts;
  readonly #conditions = new Map<string, Condition>();
  #skewMs: number;
  #starts = 0;
  #running: { readonly process: SimProcess; readonly flow: RunningFlow } | null = null;

  constructor(who: Who, skewMs: number, parts: ServiceParts) {
    this.#who = who;
    this.#skewMs = skewMs;
    this.#parts = parts;
  }

  get name(): string {
    return nameOf(this.#who);
  }

  /** What its readiness checks say of each flow. */
  get conditions(): ReadonlyMap<string, Condition> {
    return this.#conditions;
  }

  start(): void {
    if (this.#running !== null) return;
    const { seed, schedule, trueNow, trace } = this.#parts;
    const process = new SimProcess({
      name: `${this.name}#${this.#starts++}`,
      seed,
      schedule,
      trueNow,
      skewMs: this.#skewMs,
    });
    trace.note(process.name, 'starts');
    this.#conditions.clear();
    this.#running = { process, flow: this.#run(process) };
  }

  /** SIGKILL; it is started again after a while. */
  kill(downMs: number): void {
    if (this.#running === null) return;
    this.#gone('killed');
    this.#parts.schedule(downMs, () => this.start());
  }

  /** SIGTERM, and a while after it has ended it is started again. */
  stop(downMs: number): void {
    const running = this.#running;
    if (running === null || running.process.state !== 'alive') return;
    this.#parts.trace.note(running.process.name, 'is told to stop');
    const ended = (how: string): void => {
      if (this.#running !== running) return;
      this.#gone(how);
      this.#parts.schedule(downMs, () => this.start());
    };
    this.#parts.schedule(SHUTDOWN_MS, () => ended('killed, as it did not stop in time'));
    void running.flow.stop().then(() => ended('stopped'));
  }

  /** The world is over: nothing of it is to stay in memory. */
  end(): void {
    this.#running?.process.kill();
    this.#running = null;
  }

  stall(forMs: number): void {
    const process = this.#running?.process;
    if (process === undefined || process.state !== 'alive') return;
    process.stall();
    this.#parts.trace.note(process.name, 'stalls');
    this.#parts.schedule(forMs, () => {
      if (process.state !== 'stalled') return;
      this.#parts.trace.note(process.name, 'goes on');
      process.resume();
    });
  }

  jump(byMs: number): void {
    this.#skewMs += byMs;
    this.#running?.process.jump(byMs);
    this.#parts.trace.note(this.name, `clock jumps by ${byMs / 1_000} s`);
  }

  #gone(how: string): void {
    const { process } = this.#running!;
    process.kill();
    this.#running = null;
    this.#parts.trace.note(process.name, how);
  }

  #run(process: SimProcess): RunningFlow {
    const { plan, settings, network, cluster, registry, folder, database, collides, witness } = this.#parts;
    return runLayer(this.#who.layer, {
      plan,
      log: simLog({ process, network, cluster }),
      codecs: simCodecs({ process, network, registry }),
      files: simFiles({ process, network, folder }),
      store: simStore({ process, network, database, collides, witness }),
      owner: process.name,
      clock: process.clock,
      logger: this.#logger(process),
      metrics: noMetrics,
      progress: () => noProgress,
      report: (flow, condition) => void this.#conditions.set(flow, condition),
      sleep: (ms, signal) => process.sleep(ms, signal),
      timer: process.timer,
      settings: { ...settings, idleTimeoutMs: milliseconds(settings.idleTimeoutMs) },
    });
  }

  /** What a service logs is part of the trace; an error without a code is a fault of the engine. */
  #logger(process: SimProcess): Log {
    const { trace, failed } = this.#parts;
    const say = (level: string, fields: LogFields, message: string): void => {
      if (process.state === 'dead') return;
      const { err, ...rest } = fields;
      const error = err === undefined ? '' : ` (${messageOf(err)})`;
      const details = Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`);
      trace.note(process.name, `${level}: ${message}${error} ${details.join(' ')}`);
      if (err !== undefined && !isMedallionError(err)) failed(process.name, `${message}: ${messageOf(err)}`);
    };
    return {
      debug: (fields, message) => say('debug', fields, message),
      info: (fields, message) => say('info', fields, message),
      warn: (fields, message) => say('warn', fields, message),
      error: (fields, message) => say('error', fields, message),
    };
  }
}
