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
import { BrokerError, NOT_LEADER } from './broker-error.ts';
import { askBroker, type ClientParts, REQUEST_TIMEOUT_MS, unavailable } from './sim-client.ts';
import type { FetchedPart } from './sim-cluster.ts';
import { SimMembership } from './sim-membership.ts';

type Reader = { readonly place: TopicPartition; next: Offset; state: 'opening' | 'open' | 'lost'; announced: boolean };

/** What one fetch brought of one partition, and who waits until it is done with. */
type Waiting = { readonly part: FetchedPart; readonly reader: Reader };

/** Fetches without an answer, one after the other, until the client gives up. */
const MISSED_FETCHES = 6;
const FETCH_PAUSE_MS = 500;
const METADATA_PAUSE_MS = 100;

/**
 * A group member, as the adapter on kafkajs behaves: it joins again at a rebalance without waiting for what its handler is
 * doing; partitions that it is given again it reads on, those that are new it opens; heartbeats go on whatever the handler
 * does; one round is all that is in hand.
 */
export class SimMember implements Subscription {
  readonly #parts: ClientParts;
  readonly #options: SubscribeOptions;
  readonly #handler: RoundHandler;
  readonly #membership: SimMembership;
  readonly #turns = new Turns();
  readonly #ended = Promise.withResolvers<void>();
  readonly #readers = new Map<string, Reader>();
  readonly #fetching = new Set<number>();
  #state: 'running' | 'ending' = 'running';
  #waiting: Waiting[] = [];

  constructor(parts: ClientParts, options: SubscribeOptions, handler: RoundHandler) {
    this.#parts = parts;
    this.#options = options;
    this.#handler = handler;
    this.#ended.promise.catch(() => {}); // whoever never looks at `done` must not end the process
    this.#membership = new SimMembership(parts, options, {
      assigned: (share) => this.#assigned(share),
      failed: (error) => void this.#end(error),
    });
    this.#membership.start();
    this.#tickLater();
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  async commit(checkpoints: readonly (TopicPartition & Checkpoint)[]): Promise<void> {
    const mine = checkpoints.filter((checkpoint) => this.#readers.has(placeKey(checkpoint)));
    if (mine.length === 0) return;
    await this.#membership.commit(mine);
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
      this.#membership.ending();
      void this.#leave().then(() => (failure === undefined ? this.#ended.resolve() : this.#ended.reject(failure)));
    }
    return this.#ended.promise.catch(() => {});
  }

  async #leave(): Promise<void> {
    await this.#turns.idle();
    await this.#membership.leave();
  }

  #assigned(share: readonly TopicPartition[]): void {
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
        const led = Map.groupBy(
          [...this.#readers.values()].filter(({ state }) => state === 'open'),
          ({ place }) => cluster.leader(place),
        );
        // Whose leader has changed is read from the new one.
        for (const other of led.keys()) if (other !== broker) void this.#fetchFrom(other);
        const open = led.get(broker) ?? [];
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
          if (error instanceof BrokerError && error.type === NOT_LEADER) {
            // It asks who leads now.
            await process.sleep(METADATA_PAUSE_MS);
            continue;
          }
          if (++failed > MISSED_FETCHES) return void this.#end(unavailable(error));
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
    this.#parts.process.given(this.#options.group);
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
