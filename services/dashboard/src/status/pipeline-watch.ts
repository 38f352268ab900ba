import { type Clock, type Instant, isMedallionError, MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { type StopNote, StopNotes, stopsTopicOf } from '@medallion/runtime';
import { Rate, troubleOf } from '@medallion/service';
import type { Status, Trouble } from '../contract/index.ts';
import type { Reader } from '../parts.ts';
import { statusOf } from './assemble.ts';
import { type CatalogueFacts, catalogueFacts } from './catalogue-facts.ts';
import { type ControlFacts, controlFacts } from './control-facts.ts';
import { inTime, shared } from './deadline.ts';
import type { KafkaParts } from './kafka-parts.ts';
import { AbsentTopics, type LogLook, lookAtLog } from './log-look.ts';
import { ReaderWatch } from './reader-watch.ts';
import { goldReaderId, type Readers, readersOf } from './readers.ts';
import type { ServicesWatch } from './services-watch.ts';

/** What a pipeline is watched with. */
export type WatchParts = {
  readonly reader: Reader;
  readonly clock: Clock;
  readonly kafka: KafkaParts | null;
  readonly services: ServicesWatch;
  readonly planOf: (pipeline: string) => Promise<PipelinePlan>;
};

/** A look that was just taken is good enough for whoever asks now. */
const LEAST_MS = 1_000;
/** No part that is away keeps the others waiting for longer. */
const PATIENCE_MS = 1_800;
const PROBE_PATIENCE_MS = 500;
/** Timestamps that are asked for in one look. */
const MAX_PROBES = 8;
/** What is declared changes when services start anew. */
const CATALOGUE_MS = 10_000;

/**
 * One pipeline, watched: every look adds to what was seen before, as rates and stalls are told by several. What is away is
 * said, and the rest is shown: the log, the services, and for as long as it was seen once also Postgres.
 */
export class PipelineWatch {
  readonly #pipeline: string;
  readonly #parts: WatchParts;
  readonly #watch = new ReaderWatch();
  readonly #absent = new AbsentTopics();
  readonly #notes: StopNotes | null;
  readonly #accepted = new Map<string, Rate>();
  #catalogue: { readonly facts: CatalogueFacts; readonly at: Instant } | null = null;
  #control: { readonly facts: ControlFacts; readonly at: Instant } | null = null;
  #plan: { readonly plan: PipelinePlan; readonly readers: Readers } | null = null;
  #noted: readonly StopNote[] = [];
  #last: { readonly status: Status; readonly at: Instant } | null = null;

  constructor(pipeline: string, parts: WatchParts) {
    this.#pipeline = pipeline;
    this.#parts = parts;
    this.#notes = parts.kafka === null ? null : new StopNotes(pipeline, parts.kafka.log);
  }

  /**
   * How the pipeline is now, or was a moment ago.
   *
   * @throws MED_NOT_FOUND, MED_STORE_UNAVAILABLE when Postgres was never there
   */
  async status(): Promise<Status> {
    const last = this.#last;
    return last !== null && this.#parts.clock.now() - last.at < LEAST_MS ? last.status : this.#look();
  }

  readonly #look = shared(async (): Promise<Status> => {
    const { clock, services } = this.#parts;
    const troubles: Trouble[] = [];
    const [seenServices] = await Promise.all([services.look(this.#pipeline), this.#lookAtStore(troubles)]);
    const plan = await this.#planned(troubles);
    const log = plan === null ? null : await this.#lookAtLog(plan, troubles);
    if (log !== null) await this.#learn(log, plan!.readers);
    const at = clock.now();
    const control = this.#control!;
    const status = statusOf({
      catalogue: this.#catalogue!.facts,
      control: control.facts,
      sinceControlMs: Math.max(0, at - control.at),
      readers: plan?.readers ?? null,
      watch: log === null ? null : this.#watch,
      triggered: plan?.plan.mode === 'triggered',
      acceptedPerSecond: new Map([...this.#accepted].map(([table, rate]) => [table, rate.perSecond])),
      services: seenServices,
      noted: this.#noted,
      troubles,
      at,
    });
    this.#last = { status, at };
    return status;
  });

  /** Reads what Postgres knows; where it is away, what it knew is what there is. */
  async #lookAtStore(troubles: Trouble[]): Promise<void> {
    try {
      await inTime(PATIENCE_MS, this.#readStore(), () => {
        throw new MedallionError('MED_STORE_UNAVAILABLE', { reason: `no answer within ${PATIENCE_MS / 1_000} s` });
      });
    } catch (error) {
      const isAway = isMedallionError(error) && error.code === 'MED_STORE_UNAVAILABLE';
      if (!isAway || this.#control === null || this.#catalogue === null) throw error;
      troubles.push(asTrouble(error, 'Postgres', 'counts, watermarks and leases are as they were last seen'));
    }
  }

  readonly #readStore = shared(async (): Promise<void> => {
    const { reader, clock } = this.#parts;
    const began = clock.now();
    if (this.#catalogue === null || began - this.#catalogue.at >= CATALOGUE_MS)
      this.#catalogue = { facts: await catalogueFacts(reader.query, this.#pipeline), at: began };
    const facts = await reader.snapshot((query) => controlFacts(query, this.#pipeline));
    const at = clock.now();
    this.#control = { facts, at };
    for (const { table, accepted } of facts.counted.values()) {
      const rate = this.#accepted.get(table) ?? new Rate();
      rate.add(at, accepted);
      this.#accepted.set(table, rate);
    }
  });

  async #planned(troubles: Trouble[]): Promise<{ readonly plan: PipelinePlan; readonly readers: Readers } | null> {
    if (this.#parts.kafka === null) {
      troubles.push(missing('Kafka', 'lags are not known', 'start the dashboard with KAFKA_BROKERS'));
      return null;
    }
    if (this.#plan === null)
      try {
        const plan = await this.#parts.planOf(this.#pipeline);
        this.#plan = { plan, readers: readersOf(plan) };
      } catch {
        const remedy = 'start the dashboard from the code that declares the pipeline';
        troubles.push(missing(this.#pipeline, 'its declaration is not here, so lags are not known', remedy));
      }
    return this.#plan;
  }

  async #lookAtLog(plan: { plan: PipelinePlan }, troubles: Trouble[]): Promise<LogLook | null> {
    try {
      return await inTime(PATIENCE_MS, this.#readLog(), () => {
        throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: `no answer within ${PATIENCE_MS / 1_000} s` });
      });
    } catch (error) {
      troubles.push(asTrouble(error, 'Kafka', `lags of ${plan.plan.name} are not known meanwhile`));
      return null;
    }
  }

  readonly #readLog = shared(async (): Promise<LogLook> => {
    const { kafka, clock } = this.#parts;
    const { plan, readers } = this.#plan!;
    const { facts, at } = this.#control!;
    const [look] = await Promise.all([
      lookAtLog(kafka!.log, plan, readers, facts.leases, this.#absent, clock),
      this.#readNotes(),
    ]);
    const moved = new Map(
      facts.leases.map(({ topic, partition, updatedAt }) => [
        `${goldReaderId(topic)} ${partition}`,
        at - Math.max(0, facts.now - updatedAt),
      ]),
    );
    this.#watch.look(look.readings, look.atMs, (reader, partition) => moved.get(`${reader} ${partition}`) ?? null);
    return look;
  });

  /** Which flows say that they have stopped; as it was last known where that cannot be read. */
  async #readNotes(): Promise<void> {
    const now = this.#parts.clock.now();
    const topic = stopsTopicOf(this.#pipeline);
    if (this.#notes === null || this.#absent.isAbsent(topic, now)) return;
    const found = await this.#notes.notes().catch(() => this.#noted);
    if (found === null) this.#absent.note(topic, now);
    this.#noted = found ?? [];
  }

  /** Asks for the timestamps of what waits where looks do not tell; what does not answer in time is asked for later. */
  async #learn(_look: LogLook, { all }: Readers): Promise<void> {
    const topics = new Map(all.map(({ id, topic }) => [id, topic]));
    const wanted = this.#watch.wanted((reader) => topics.get(reader) ?? '', MAX_PROBES);
    if (wanted.length === 0) return;
    const asking = wanted.map(async ({ watch, topic, partition, offset }) => {
      watch.asked();
      watch.learn(offset, await this.#parts.kafka!.groups.timestampAt({ topic, partition }, offset));
    });
    await inTime(PROBE_PATIENCE_MS, Promise.allSettled(asking), () => null);
  }
}

const asTrouble = (error: unknown, subject: string, effect: string): Trouble => {
  const { code, message, remedy } = troubleOf(error);
  return { severity: 'error', subject, code, message: `${effect}: ${message}`, remedy };
};

const missing = (subject: string, message: string, remedy: string): Trouble => ({
  severity: 'warning',
  subject,
  code: null,
  message,
  remedy,
});
