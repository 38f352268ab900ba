import { isMedallionError, type Log, MedallionError, Turns } from '@medallion/core';
import type {
  Checkpoint,
  PartitionBatch,
  PartitionRange,
  RoundHandler,
  SubscribeOptions,
  Subscription,
  TopicPartition,
} from '@medallion/runtime';
import type { ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { atMost } from './at-most.ts';
import { ClockWatch } from './clock-watch.ts';
import { protocolError, settled, unavailable } from './failure.ts';
import type { FetchedBatch } from './kafkajs-patch.ts';
import { CLOSE_TIMEOUT_MS, RETRY } from './options.ts';
import { type Arrived, checkRange, PartitionReader } from './partition-reader.ts';
import type { Topics } from './topics.ts';

/**
 * A membership of a consumer group, on kafkajs' consumer.
 *
 *     joining ─▶ reading ─stop()─▶ stopping ─▶ ended (done resolves)
 *                   └──a handler throws, kafkajs gives up──▶ failing ─▶ ended (done rejects)
 *
 * kafkajs fetches all partitions of a broker in one request, hands over one batch for each and waits until all are done
 * with; what is in hand at the same time is one round. It does not wait for anybody at a rebalance, so new partitions
 * are paused inside its event and resumed when the handler has opened them. Nothing is committed but by `commit`.
 */

/** kafkajs starts as many workers at every fetch, needed or not; more partitions than this come in two rounds. */
const MAX_BATCHES = 64;
/** The broker answers a fetch when so much is there, or after maxWaitMs: 1,000 small events a second fill few fetches. */
const MIN_FETCH_BYTES = 262_144;
const MAX_FETCH_BYTES = 8 * 1_048_576;
/** A member learns of a rebalance by its heartbeat: a partition stands still for about this long. */
const MAX_HEARTBEAT_MS = 1_000;

type Waiting = Arrived & { readonly reader: PartitionReader; readonly done: () => void };

const key = ({ topic, partition }: TopicPartition): string => `${partition} ${topic}`;

export async function subscribe(
  kafka: Kafka,
  { partitions: rangesOf, committed: committedOf, missing }: Topics,
  log: Log,
  options: SubscribeOptions,
  handler: RoundHandler,
): Promise<Subscription> {
  const { group, sessionTimeoutMs } = options;
  const heartbeatMs = Math.min(MAX_HEARTBEAT_MS, Math.floor(sessionTimeoutMs / 3));
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: options.maxWaitMs,
    maxBytesPerPartition: options.maxBytesPerPartition,
    // A partition alone must be able to reach it, or a backlog in one would be read at the pace of maxWaitMs.
    minBytes: Math.min(MIN_FETCH_BYTES, options.maxBytesPerPartition >> 1),
    maxBytes: MAX_FETCH_BYTES,
    allowAutoTopicCreation: false,
    ...(options.maxMembers === undefined ? {} : { partitionAssigners: [atMost(options.maxMembers)] }),
    retry: { ...RETRY, restartOnFailure: async () => false },
  });
  const readers = new Map<string, PartitionReader>();
  const turns = new Turns();
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {}); // whoever never looks at `done` must not end the process
  let waiting: Waiting[] = [];
  let state: 'running' | 'ending' | 'left' = 'running';
  let heartbeat: () => Promise<void> = async () => {};
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  let ticker: NodeJS.Timeout | undefined;
  const clock = new ClockWatch();

  /** Ends the membership once: the running call finishes, what waits is let go, the group is left. */
  function end(failure?: unknown): Promise<void> {
    if (state !== 'running') return ended.promise;
    state = 'ending';
    clearTimeout(ticker);
    for (const { done } of waiting) done();
    waiting = [];
    void (async () => {
      await turns.idle();
      state = 'left';
      await settled(CLOSE_TIMEOUT_MS, consumer.disconnect());
      if (failure === undefined) ended.resolve();
      else ended.reject(failure);
    })();
    return ended.promise;
  }

  /** A turn of the handler; nothing runs after the end has begun, and a throw begins it. */
  function turn(work: () => Promise<void> | void): void {
    turns
      .run(async () => {
        if (state === 'running') await work();
      })
      .catch((error: unknown) => void end(error).catch(() => {}));
  }

  const coded = (error: unknown): Promise<never> => Promise.reject(unavailable(error, options));

  async function open(wanted: readonly PartitionReader[]): Promise<void> {
    const current = () => wanted.filter((reader) => reader.state === 'opening' && readers.get(key(reader)) === reader);
    const checkpoints = new Map<string, ReadonlyMap<number, Checkpoint>>();
    for (const topic of new Set(current().map((reader) => reader.topic)))
      checkpoints.set(topic, await committedOf(group, topic).catch(coded));
    const fresh = new Set<PartitionReader>();
    for (const reader of current()) {
      const checkpoint = checkpoints.get(reader.topic)?.get(reader.partition) ?? null;
      if (checkpoint === null) fresh.add(reader);
      reader.announced = true;
      reader.next = await handler.open(reader.place, checkpoint);
    }
    // Asked after open, because a former owner may have been reading on until then.
    for (const [topic, mine] of Map.groupBy(current(), (reader) => reader.topic)) {
      const ranges = await rangesOf(topic).catch(coded);
      if (ranges === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
      for (const reader of mine) start(reader, ranges, fresh.has(reader));
    }
  }

  function start(reader: PartitionReader, ranges: readonly PartitionRange[], fresh: boolean): void {
    const { topic, partition } = reader;
    const range = ranges.find((r) => r.partition === partition);
    if (!range) throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: `${topic}[${partition}] is not there` });
    // Nobody has read it before. Who knows better than the group, as gold does by its leases, has lost records here.
    if (fresh && reader.next === 0) reader.next = range.low;
    checkRange(reader.place, reader.next, range, group);
    reader.state = 'open';
    consumer.seek({ topic, partition, offset: String(reader.next) });
    consumer.resume([{ topic, partitions: [partition] }]);
  }

  /** Runs inside kafkajs' event, before its next fetch: all that must be in force for that fetch is done here. */
  function joined({ payload }: ConsumerGroupJoinEvent): void {
    if (state !== 'running') return;
    const assigned = new Map<string, TopicPartition>();
    for (const [topic, partitions] of Object.entries(payload.memberAssignment))
      for (const partition of partitions) assigned.set(key({ topic, partition }), { topic, partition });
    const lost = [...readers.values()].filter((reader) => !assigned.has(key(reader)));
    for (const reader of lost) {
      reader.state = 'lost';
      readers.delete(key(reader));
    }
    // kafkajs would go on from the group's offset, which is behind what is in hand.
    for (const reader of readers.values())
      if (reader.state === 'open') consumer.seek({ ...reader.place, offset: String(reader.next) });
    const gained: PartitionReader[] = [];
    for (const [at, place] of assigned) {
      if (readers.has(at)) continue;
      const reader = new PartitionReader(place);
      readers.set(at, reader);
      gained.push(reader);
      consumer.pause([{ topic: place.topic, partitions: [place.partition] }]);
    }
    if (lost.length > 0)
      turn(() => {
        const told = lost.filter(({ announced }) => announced).map(({ place }) => place);
        if (told.length > 0) handler.closed(told);
      });
    if (gained.length > 0) turn(() => open(gained));
    log.info({ group, partitions: assigned.size, gained: gained.length, lost: lost.length }, 'joined the group');
  }

  /** Everything that is in hand becomes one call of `process`. */
  async function round(): Promise<void> {
    const taken = waiting;
    waiting = [];
    const beating = setInterval(() => void heartbeat().catch(() => {}), heartbeatMs); // kafkajs acts on its own beat
    try {
      const batches: PartitionBatch[] = [];
      const accepted = new Map<PartitionReader, Waiting>();
      for (const arrived of taken) {
        const { reader } = arrived;
        if (reader.state !== 'open') continue; // it is sought when it is opened
        if (accepted.has(reader) || !reader.follows(arrived)) {
          consumer.seek({ ...reader.place, offset: String(accepted.get(reader)?.end ?? reader.next) });
          continue;
        }
        const batch = reader.accept(arrived, group);
        accepted.set(reader, arrived);
        if (batch) batches.push(batch);
      }
      if (batches.length > 0) await handler.process(batches);
      for (const [reader, { end }] of accepted) if (reader.state === 'open') reader.next = Math.max(reader.next, end);
    } finally {
      clearInterval(beating);
      for (const { done } of taken) done();
    }
  }

  function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    heartbeat = payload.heartbeat;
    commitNow = payload.commitOffsetsIfNecessary;
    const reader = readers.get(key(batch));
    // What is dropped here is read again: a partition that is being opened is sought before it goes on.
    if (state !== 'running' || reader?.state !== 'open') return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (waiting.length === 0) turn(round);
    const fetched = batch as unknown as FetchedBatch;
    waiting.push({
      reader,
      from: Number(fetched.fetchedOffset),
      records: fetched.messages,
      end: Number(fetched.lastOffset()) + 1,
      low: Number(fetched.logStartOffset),
      highWatermark: Number(fetched.highWatermark),
      done: resolve,
    });
    return promise;
  }

  /** kafkajs has given up. An offset outside the log is one of its reasons, and then the range says what happened. */
  async function crashed(error: Error): Promise<unknown> {
    if (protocolError(error) === 'OFFSET_OUT_OF_RANGE')
      try {
        for (const [topic, mine] of Map.groupBy(readers.values(), (reader) => reader.topic)) {
          const ranges = await rangesOf(topic);
          for (const reader of mine) {
            const range = ranges?.find((r) => r.partition === reader.partition);
            if (range && reader.state === 'open') checkRange(reader.place, reader.next, range, group);
          }
        }
      } catch (found) {
        if (isMedallionError(found)) return found;
      }
    if (protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION')
      return new MedallionError('MED_TOPIC_MISSING', { topic: options.topics.join(', ') }, { cause: error });
    return unavailable(error, options);
  }

  function tick(): void {
    ticker = setTimeout(() => {
      turn(async () => {
        const backMs = clock.look();
        if (backMs > 0) {
          const reason = `the clock of this machine was set back by ${backMs / 1_000} s: its client begins anew`;
          throw new MedallionError('MED_LOG_UNAVAILABLE', { reason });
        }
        await handler.tick();
        if (state === 'running') tick();
      });
    }, options.tickMs);
  }

  consumer.on(consumer.events.GROUP_JOIN, joined);
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (state === 'running') void crashed(payload.error).then((failure) => end(failure).catch(() => {}));
  });
  try {
    const absent = await missing(options.topics);
    if (absent.length > 0) throw new MedallionError('MED_TOPIC_MISSING', { topic: absent.join(', ') });
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
  } catch (error) {
    await settled(CLOSE_TIMEOUT_MS, consumer.disconnect());
    throw unavailable(error, options);
  }
  await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: MAX_BATCHES, eachBatch });
  if (state === 'running') tick();

  return {
    done: ended.promise,
    async commit(checkpoints) {
      const mine = checkpoints.filter((checkpoint) => readers.has(key(checkpoint)));
      if (mine.length === 0) return;
      // kafkajs would connect again to ask, and nobody would close that.
      if (state === 'left') throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: `the group ${group} was left` });
      const offsets = mine.map(({ topic, partition, offset, metadata }) => ({
        topic,
        partition,
        offset: String(offset),
        metadata,
      }));
      // A round's own function does not retry, where consumer.commitOffsets would hold up a rebalance for seconds.
      if (!commitNow) return await consumer.commitOffsets(offsets);
      await commitNow({
        topics: [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, partitions]) => ({ topic, partitions })),
      });
    },
    reopen(place) {
      const reader = readers.get(key(place));
      if (reader?.state !== 'open') return;
      reader.state = 'opening';
      consumer.pause([{ topic: place.topic, partitions: [place.partition] }]);
      turn(() => open([reader]));
    },
    async stop() {
      await end().catch(() => {});
    },
  };
}
