import { MedallionError, Turns } from '@medallion/core';
import type {
  Checkpoint,
  Offset,
  PartitionBatch,
  RoundHandler,
  SubscribeOptions,
  Subscription,
  TopicPartition,
} from '@medallion/runtime';
import { placeKey } from '../log/memory-group.ts';
import { BrokerError } from './broker-error.ts';
import { askBroker, type ClientParts, REQUEST_TIMEOUT_MS, unavailable } from './sim-client.ts';
import type { FetchedPart } from './sim-cluster.ts';
import type { Assignment } from './sim-group.ts';

type Reader = { readonly place: TopicPartition; next: Offset; state: 'opening' | 'open' | 'lost'; announced: boolean };

/** What one fetch brought of one partition, and who waits until it is done with. */
type Waiting = { readonly part: FetchedPart; readonly reader: Reader };

/** The real one's is a second: this saves steps, and is as far below any session's timeout. */
const MAX_HEARTBEAT_MS = 2_500;
/** kafkajs' own. */
const REBALANCE_TIMEOUT_MS = 60_000;
/** Heartbeats without an answer, one after the other, until the client gives up. */
const MISSED_BEATS = 6;
const FETCH_PAUSE_MS = 500;

/**
 * A group member, as the adapter on kafkajs behaves: it joins again at a rebalance without waiting for what its handler is
 * doing; partitions that it is given again it reads on, those that are new it opens; heartbeats go on whatever the handler
 * does; one round is all that is in hand.
 */
export class SimMember implements Subscription {
  readonly #parts: ClientParts;
  readonly #options: SubscribeOptions;
  readonly #handler: RoundHandler;
  readonly #turns = new Turns();
  readonly #ended = Promise.withResolvers<void>();
  readonly #readers = new Map<string, Reader>();
  readonly #fetching = new Set<number>();
  #state: 'running' | 'ending' = 'running';
  #id: string | null = null;
  #generation = -1;
  #isJoining = false;
  #missed = 0;
  #hasLeft = false;
  #waiting: Waiting[] = [];

  constructor(parts: ClientParts, options: SubscribeOptions, handler: RoundHandler) {
    this.#parts = parts;
    this.#options = options;
    this.#handler = handler;
    this.#ended.promise.catch(() => {}); // whoever never looks at `done` must not end the process
    void this.#join();
    this.#beatLater();
    this.#tickLater();
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  async commit(checkpoints: readonly (TopicPartition & Checkpoint)[]): Promise<void> {
    const mine = checkpoints.filter((checkpoint) => this.#readers.has(placeKey(checkpoint)));
    if (mine.length === 0) return;
    if (this.#id === null) throw new BrokerError('UNKNOWN_MEMBER_ID');
    const [id, generation, group] = [this.#id, this.#generation, this.#group];
    await this.#call('checkpoint', () => group.commit(id, generation, mine));
  }

  reopen(place: TopicPartition): void {
    const reader = this.#readers.get(placeKey(place));
    if (reader?.state !== 'open') return;
    reader.state = 'opening';
    this.#turn(() => this.#open([reader]));
  }

  async stop(): Promise<void> {
    await this.#end();
  }

  get #group() {
    return this.#parts.cluster.group(this.#options.group);
  }

  /** A request to the coordinator that is not asked again. */
  #call<T>(what: string, serve: () => T | Promise<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> {
    const { process, network, cluster } = this.#parts;
    const { group } = this.#options;
    return network.call(process, { to: cluster.coordinator(group), what: `${what} of ${group}`, serve, timeoutMs });
  }

  #turn(work: () => Promise<void> | void): void {
    this.#turns
      .run(async () => {
        if (this.#state === 'running') await work();
      })
      .catch((error: unknown) => this.#end(error));
  }

  /** The running call finishes, the group is left. */
  #end(failure?: unknown): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'ending';
      this.#waiting = [];
      void this.#leave().then(() => (failure === undefined ? this.#ended.resolve() : this.#ended.reject(failure)));
    }
    return this.#ended.promise.catch(() => {});
  }

  async #leave(): Promise<void> {
    await this.#turns.idle();
    this.#hasLeft = true;
    const id = this.#id;
    if (id !== null) await this.#call('leave', () => this.#group.leave(id), 5_000).catch(() => {});
  }

  async #join(): Promise<void> {
    if (this.#isJoining || this.#state === 'ending') return;
    this.#isJoining = true;
    const { topics, sessionTimeoutMs, maxMembers } = this.#options;
    const { process, cluster } = this.#parts;
    try {
      const request = {
        member: this.#id,
        topics,
        sessionTimeoutMs,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        maxMembers,
      };
      const trueNow = () => cluster.now();
      const timeoutMs = REBALANCE_TIMEOUT_MS + REQUEST_TIMEOUT_MS;
      const assignment = await this.#call('join', () => this.#group.join(request, trueNow), timeoutMs);
      this.#isJoining = false;
      this.#missed = 0;
      this.#joined(assignment);
    } catch (error) {
      this.#isJoining = false;
      if (error instanceof BrokerError) this.#id = null;
      else if (++this.#missed > MISSED_BEATS) return void this.#end(unavailable(error));
      process.timer(FETCH_PAUSE_MS, () => void this.#join());
    }
  }

  #joined({ member, generation, share }: Assignment): void {
    if (this.#state === 'ending') {
      // Told to stop while it joined: the group need not wait for its session to end.
      void this.#call('leave', () => this.#group.leave(member), 5_000).catch(() => {});
      return;
    }
    this.#id = member;
    this.#generation = generation;
    const assigned = new Set(share.map(placeKey));
    const lost = [...this.#readers.values()].filter(({ place }) => !assigned.has(placeKey(place)));
    for (const reader of lost) {
      reader.state = 'lost';
      this.#readers.delete(placeKey(reader.place));
    }
    const gained: Reader[] = [];
    for (const place of share) {
      if (this.#readers.has(placeKey(place))) continue;
      const reader: Reader = { place, next: 0, state: 'opening', announced: false };
      this.#readers.set(placeKey(place), reader);
      gained.push(reader);
    }
    if (lost.length > 0)
      this.#turn(() => {
        const told = lost.filter(({ announced }) => announced).map(({ place }) => place);
        if (told.length > 0) this.#handler.closed(told);
      });
    if (gained.length > 0) this.#turn(() => this.#open(gained));
  }

  #beatLater(): void {
    const { process, cluster } = this.#parts;
    process.timer(Math.min(MAX_HEARTBEAT_MS, this.#options.sessionTimeoutMs / 3), async () => {
      if (this.#hasLeft) return;
      this.#beatLater();
      const [id, generation] = [this.#id, this.#generation];
      if (id === null || this.#isJoining) return;
      try {
        await this.#call('heartbeat', () => this.#group.heartbeat(id, generation, () => cluster.now()), 5_000);
        this.#missed = 0;
      } catch (error) {
        if (this.#generation !== generation) return;
        if (!(error instanceof BrokerError)) {
          if (++this.#missed > MISSED_BEATS) void this.#end(unavailable(error));
          return;
        }
        if (error.type === 'UNKNOWN_MEMBER_ID') this.#id = null;
        void this.#join();
      }
    });
  }

  #tickLater(): void {
    this.#parts.process.timer(this.#options.tickMs, () =>
      this.#turn(async () => {
        await this.#handler.tick();
        if (this.#state === 'running') this.#tickLater();
      }),
    );
  }

  async #open(wanted: readonly Reader[]): Promise<void> {
    const { group } = this.#options;
    const { cluster } = this.#parts;
    const isCurrent = (reader: Reader) =>
      reader.state === 'opening' && this.#readers.get(placeKey(reader.place)) === reader;
    const ask = <T>(what: string, serve: () => T): Promise<T> =>
      askBroker(this.#parts, () => cluster.coordinator(group), what, serve);
    for (const reader of wanted.filter(isCurrent)) {
      const { place } = reader;
      const checkpoints = this.#group.checkpoints;
      const committed = (await ask(`position of ${group}`, () => checkpoints.get(placeKey(place)))) ?? null;
      if (!isCurrent(reader)) continue;
      reader.announced = true;
      reader.next = await this.#handler.open(place, committed);
      if (!isCurrent(reader)) continue;
      const range = (await ask(`range of ${place.topic}`, () => cluster.ranges(place.topic)))?.[place.partition];
      if (range === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic: place.topic });
      if (committed === null && reader.next === 0) reader.next = range.low;
      this.#check(reader, range);
      if (!isCurrent(reader)) continue;
      reader.state = 'open';
      void this.#fetchFrom(cluster.leader(place));
    }
  }

  #check({ place, next: expected }: Reader, { low, high }: { readonly low: Offset; readonly high: Offset }): void {
    const { group } = this.#options;
    if (expected < low) throw new MedallionError('MED_LOG_GAP', { ...place, low, expected, group });
    if (expected > high) throw new MedallionError('MED_LOG_RECREATED', { ...place, high, expected });
  }

  /** Fetches from a broker for as long as there are partitions of it to read; one request at a time. */
  async #fetchFrom(broker: number): Promise<void> {
    if (this.#fetching.has(broker)) return;
    this.#fetching.add(broker);
    const { process, network, cluster } = this.#parts;
    const { maxBytesPerPartition, maxWaitMs } = this.#options;
    let failed = 0;
    try {
      for (;;) {
        const open = [...this.#readers.values()].filter(
          ({ place, state }) => state === 'open' && cluster.leader(place) === broker,
        );
        if (open.length === 0 || this.#state === 'ending') return;
        try {
          const wanted = open.map(({ place, next }) => ({ ...place, from: next }));
          const parts = await network.call(process, {
            to: `broker ${broker}`,
            what: `fetch for ${this.#options.group}`,
            serve: () => cluster.fetch(broker, wanted, maxBytesPerPartition, maxWaitMs),
            timeoutMs: REQUEST_TIMEOUT_MS,
          });
          failed = 0;
          await this.#take(parts, open);
        } catch (error) {
          if (error instanceof BrokerError && error.type === 'OFFSET_OUT_OF_RANGE') return void this.#outOfRange(open);
          if (++failed > MISSED_BEATS) return void this.#end(unavailable(error));
          await process.sleep(FETCH_PAUSE_MS);
        }
      }
    } finally {
      this.#fetching.delete(broker);
    }
  }

  /** Resolves when what arrived is done with. */
  async #take(parts: readonly FetchedPart[], open: readonly Reader[]): Promise<void> {
    if (parts.length === 0 || this.#state === 'ending') return;
    const arrived = parts.map((part) => ({
      part,
      reader: open.find(({ place }) => placeKey(place) === placeKey(part))!,
    }));
    const first = this.#waiting.length === 0;
    this.#waiting.push(...arrived);
    if (first) this.#turn(() => this.#round());
    await this.#turns.idle();
  }

  async #round(): Promise<void> {
    const taken = this.#waiting;
    this.#waiting = [];
    const batches: PartitionBatch[] = [];
    const readers: Reader[] = [];
    for (const { part, reader } of taken) {
      if (reader.state !== 'open' || part.from !== reader.next || readers.includes(reader)) continue;
      const { topic, partition, records, high, low } = part;
      if (records[0]!.offset > reader.next) this.#check(reader, { low, high });
      batches.push({ topic, partition, records, highWatermark: high });
      readers.push(reader);
    }
    if (batches.length === 0) return;
    await this.#handler.process(batches);
    for (const [i, reader] of readers.entries())
      if (reader.state === 'open') reader.next = batches[i]!.records.at(-1)!.offset + 1;
  }

  async #outOfRange(open: readonly Reader[]): Promise<void> {
    const { cluster } = this.#parts;
    try {
      for (const reader of open) {
        const range = await askBroker(
          this.#parts,
          () => `broker ${cluster.leader(reader.place)}`,
          'range',
          () => cluster.ranges(reader.place.topic),
        );
        if (reader.state === 'open') this.#check(reader, range![reader.place.partition]!);
      }
      // It was of a position that is left by now.
      for (const reader of open) void this.#fetchFrom(cluster.leader(reader.place));
    } catch (error) {
      void this.#end(error);
    }
  }
}
