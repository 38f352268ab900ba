import { MedallionError } from '@medallion/core';
import type {
  Checkpoint,
  Offset,
  RecordLog,
  Round,
  SubscribeOptions,
  Subscription,
  TopicPartition,
} from '../ports/index.ts';
import { endIn, startPosition, toCheckpoint, withEnd } from '../protocol/checkpoint.ts';
import type { DrainingHandler } from './running.ts';

/**
 * When a flow ends by itself: `caught up` at the ends that its input has when it starts, `once` at those that it had when
 * the flow first began, which its checkpoints remember.
 */
export type EndsWhen = 'caught up' | 'once';

/** The partitions of the topics with the ends that they have now. */
async function endsNow(log: RecordLog, topics: readonly string[]): Promise<Map<string, Place>> {
  const ends = new Map<string, Place>();
  for (const topic of topics)
    for (const { partition, high } of (await log.partitions(topic)) ?? [])
      ends.set(keyOf({ topic, partition }), { topic, partition, end: high });
  return ends;
}

/** Whether a `once` flow has ended: every partition's checkpoint is at the end that it remembers (F5). */
export async function hasEnded(log: RecordLog, group: string, topic: string): Promise<boolean> {
  const committed = await log.committed(group, topic);
  const partitions = (await log.partitions(topic)) ?? [];
  for (const { partition } of partitions) {
    const checkpoint = committed.get(partition);
    const end = endIn(checkpoint);
    if (checkpoint === undefined || end === null) return false;
    if (!(await isReached(log, { topic, partition, end }, checkpoint.offset))) return false;
  }
  return partitions.length > 0;
}

/** How far all who work on a topic are, by partition. */
export type ReachedBy = (topic: string) => Promise<ReadonlyMap<number, Checkpoint>>;

type Place = TopicPartition & { readonly end: Offset };
type Mine = { readonly at: TopicPartition; next: Offset; moved: boolean };

/** Offsets before the end may have no record (any more): markers of transactions, what compaction removed. */
async function isReached(log: RecordLog, { topic, partition, end }: Place, next: Offset): Promise<boolean> {
  if (next >= end) return true;
  for await (const [first] of log.read({ topic, partition }, next)) return first!.offset >= end;
  return true;
}

/**
 * A handler that ends: it passes everything on, and finds out when every partition of the input, those that other members
 * of the group work on included, was processed up to its end.
 */
export class EndingHandler implements DrainingHandler {
  readonly #inner: DrainingHandler;
  readonly #log: RecordLog;
  readonly #group: string;
  readonly #reached: ReachedBy;
  readonly #when: EndsWhen;
  readonly #ends: Map<string, Place>;
  readonly #mine = new Map<string, Mine>();
  /** Partitions whose end is not yet in a checkpoint (`once`), with the checkpoint that they were opened with. */
  readonly #fresh = new Map<string, TopicPartition & Checkpoint>();
  readonly #finished = Promise.withResolvers<void>();
  #subscription: Subscription | null = null;

  private constructor(
    inner: DrainingHandler,
    log: RecordLog,
    group: string,
    when: EndsWhen,
    ends: Map<string, Place>,
    reached: ReachedBy,
  ) {
    this.#inner = inner;
    this.#log = log;
    this.#group = group;
    this.#when = when;
    this.#ends = ends;
    this.#reached = reached;
  }

  static async of(
    inner: DrainingHandler,
    log: RecordLog,
    { group, topics }: SubscribeOptions,
    when: EndsWhen,
    reached: ReachedBy = (topic) => log.committed(group, topic),
  ): Promise<EndingHandler> {
    return new EndingHandler(inner, log, group, when, await endsNow(log, topics), reached);
  }

  /** Resolves when the input was processed up to its ends; never rejects. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  attach(subscription: Subscription): void {
    this.#subscription = subscription;
    this.#inner.attach(this.#when === 'once' ? this.#remembering(subscription) : subscription);
  }

  async open(at: TopicPartition, committed: Checkpoint | null): Promise<Offset> {
    const key = keyOf(at);
    const remembered = this.#when === 'once' ? endIn(committed ?? undefined) : null;
    if (remembered !== null) this.#ends.set(key, { ...at, end: remembered });
    const next = await this.#inner.open(at, committed);
    if (this.#when === 'once' && remembered === null)
      this.#fresh.set(key, { ...at, ...(committed ?? toCheckpoint(startPosition(), this.#group, at)) });
    this.#mine.set(key, { at, next, moved: true });
    return next;
  }

  async process(round: Round): Promise<void> {
    if (!(await this.#remember())) {
      // Had it begun, and its end were not known at its next start, it would go on to another end.
      const reason = 'the end of a flow that runs once was not stored with its group';
      throw new MedallionError('MED_LOG_UNAVAILABLE', { reason });
    }
    const within = this.#when === 'once' ? this.#trimmed(round) : round;
    if (within.length > 0) await this.#inner.process(within);
    for (const batch of round) {
      const mine = this.#mine.get(keyOf(batch));
      if (mine === undefined) continue;
      mine.next = batch.records.at(-1)!.offset + 1;
      mine.moved = true;
    }
  }

  async tick(): Promise<void> {
    await this.#inner.tick();
    await this.#remember();
    if (await this.#isFinished()) this.#finished.resolve();
  }

  closed(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) {
      this.#mine.delete(keyOf(at));
      this.#fresh.delete(keyOf(at));
    }
    this.#inner.closed(partitions);
  }

  drain(): Promise<void> {
    return this.#inner.drain();
  }

  /** What a `once` flow is given: nothing from the end on. */
  #trimmed(round: Round): Round {
    return round.flatMap((batch) => {
      const end = this.#ends.get(keyOf(batch))?.end ?? 0;
      if (batch.records.at(-1)!.offset < end) return [batch];
      const records = batch.records.filter(({ offset }) => offset < end);
      return records.length === 0 ? [] : [{ ...batch, records }];
    });
  }

  /** Every checkpoint of a `once` flow carries the end of its partition. */
  #remembering(subscription: Subscription): Subscription {
    return {
      done: subscription.done,
      reopen: (at) => subscription.reopen(at),
      stop: () => subscription.stop(),
      commit: async (checkpoints) => {
        await subscription.commit(
          checkpoints.map((each) => ({ ...each, metadata: withEnd(each.metadata, this.#ends.get(keyOf(each))!.end) })),
        );
        for (const each of checkpoints) this.#fresh.delete(keyOf(each));
      },
    };
  }

  /** Stores the ends of partitions that were never begun, those without a record included; true when none is left. */
  async #remember(): Promise<boolean> {
    if (this.#fresh.size === 0) return true;
    if (this.#subscription === null) return false;
    const fresh = [...this.#fresh.values()];
    try {
      await this.#subscription.commit(
        fresh.map((each) => ({ ...each, metadata: withEnd(each.metadata, this.#ends.get(keyOf(each))!.end) })),
      );
      for (const each of fresh) this.#fresh.delete(keyOf(each));
      return true;
    } catch {
      return false;
    }
  }

  async #isFinished(): Promise<boolean> {
    if (this.#fresh.size > 0) return false;
    for (const [key, mine] of this.#mine) {
      const place = this.#ends.get(key);
      if (place === undefined || mine.next >= place.end) continue;
      // While records come there is no need to ask.
      const { moved } = mine;
      mine.moved = false;
      if (moved || !(await isReached(this.#log, place, mine.next))) return false;
      mine.next = place.end;
    }
    const others = [...this.#ends.values()].filter((place) => !this.#mine.has(keyOf(place)));
    for (const [topic, places] of Map.groupBy(others, (place) => place.topic)) {
      const committed = await this.#reached(topic);
      for (const place of places) {
        const checkpoint = committed.get(place.partition);
        const end = this.#when === 'once' ? endIn(checkpoint) : place.end;
        if (end === null || !(await isReached(this.#log, { ...place, end }, checkpoint?.offset ?? 0))) return false;
      }
    }
    return true;
  }
}

const keyOf = (at: TopicPartition): string => `${at.topic}[${at.partition}]`;
