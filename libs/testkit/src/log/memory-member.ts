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
import type { MemoryCluster } from './memory-cluster.ts';
import { type MemoryGroup, placeKey } from './memory-group.ts';

type Reader = { readonly place: TopicPartition; next: Offset; open: boolean; announced: boolean };

/**
 * A member of a group. It has no loop of its own: every step is asked for by `wake` (something was appended or
 * assigned, a step has ended) or by the tick, and runs when the schedule says so.
 */
export class MemoryMember implements Subscription {
  readonly topics: readonly string[];
  readonly maxMembers: number | undefined;
  readonly #cluster: MemoryCluster;
  readonly #group: MemoryGroup;
  readonly #options: SubscribeOptions;
  readonly #handler: RoundHandler;
  readonly #turns = new Turns();
  readonly #ended = Promise.withResolvers<void>();
  #readers = new Map<string, Reader>();
  #state: 'running' | 'ending' = 'running';
  #paused = true;
  #awake = false;
  #forgetTick: () => void = () => {};

  constructor(cluster: MemoryCluster, group: MemoryGroup, options: SubscribeOptions, handler: RoundHandler) {
    this.#cluster = cluster;
    this.#group = group;
    this.#options = options;
    this.#handler = handler;
    this.topics = options.topics;
    this.maxMembers = options.maxMembers;
    this.#ended.promise.catch(() => {}); // whoever never looks at `done` must not end the process
    this.#tickLater();
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  /** Starts nothing new; resolves when what runs has ended. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#turns.idle();
  }

  assign(share: readonly TopicPartition[]): void {
    const kept = new Map<string, Reader>();
    const gained: Reader[] = [];
    for (const place of share) {
      const reader = this.#readers.get(placeKey(place)) ?? { place, next: 0, open: false, announced: false };
      if (!this.#readers.has(placeKey(place))) gained.push(reader);
      kept.set(placeKey(place), reader);
    }
    const lost = [...this.#readers.values()].filter(({ place }) => !kept.has(placeKey(place)));
    this.#readers = kept;
    this.#paused = false;
    this.#turn(async () => {
      this.#close(lost);
      await this.#open(gained);
      this.wake();
    });
  }

  /** The group has given the partitions to others; this member joins again at its next step. */
  expelled(): void {
    const lost = [...this.#readers.values()];
    this.#readers = new Map();
    this.#turn(() => {
      this.#close(lost);
      this.#group.rejoin(this);
    });
  }

  wake(): void {
    if (this.#awake || this.#paused || this.#state === 'ending') return;
    this.#awake = true;
    this.#cluster.schedule(0, () => {
      this.#awake = false;
      if (!this.#paused) this.#turn(() => this.#round());
    });
  }

  async commit(checkpoints: readonly (TopicPartition & Checkpoint)[]): Promise<void> {
    if (!this.#group.has(this) || this.#state === 'ending' || !this.#cluster.acceptsCommit(this.#group.id))
      throw new Error('UNKNOWN_MEMBER_ID: this member does not belong to the group');
    for (const { offset, metadata, ...place } of checkpoints)
      if (this.#readers.has(placeKey(place))) this.#group.checkpoints.set(placeKey(place), { offset, metadata });
  }

  reopen(place: TopicPartition): void {
    const reader = this.#readers.get(placeKey(place));
    if (!reader?.open) return;
    reader.open = false;
    this.#turn(async () => {
      await this.#open([reader]);
      this.wake();
    });
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#ended.promise.catch(() => {});
  }

  #turn(work: () => Promise<void> | void): void {
    this.#turns
      .run(async () => {
        if (this.#state === 'ending') return;
        await work();
      })
      .catch((error: unknown) => this.#end(error));
  }

  #end(failure?: unknown): void {
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    this.#forgetTick();
    void this.#turns.idle().then(() => {
      this.#group.expel(this);
      if (failure === undefined) this.#ended.resolve();
      else this.#ended.reject(failure);
    });
  }

  #tickLater(): void {
    this.#forgetTick = this.#cluster.schedule(this.#options.tickMs, () =>
      this.#turn(async () => {
        await this.#handler.tick();
        if (this.#state === 'running') this.#tickLater();
      }),
    );
  }

  #close(lost: readonly Reader[]): void {
    const told = lost.filter(({ announced }) => announced).map(({ place }) => place);
    if (told.length > 0) this.#handler.closed(told);
  }

  async #open(wanted: readonly Reader[]): Promise<void> {
    for (const reader of wanted) {
      const { place } = reader;
      if (this.#readers.get(placeKey(place)) !== reader) continue;
      const committed = this.#group.checkpoints.get(placeKey(place)) ?? null;
      reader.announced = true;
      reader.next = await this.#handler.open(place, committed);
      if (committed === null && reader.next === 0) reader.next = this.#cluster.partition(place)?.low ?? 0;
      this.#check(reader);
      reader.open = true;
    }
  }

  #check({ place: { topic, partition }, next: expected }: Reader): void {
    const log = this.#cluster.partition({ topic, partition });
    if (!log) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    const { low, high } = log;
    if (expected < low)
      throw new MedallionError('MED_LOG_GAP', { topic, partition, low, expected, group: this.#group.id });
    if (expected > high) throw new MedallionError('MED_LOG_RECREATED', { topic, partition, high, expected });
  }

  async #round(): Promise<void> {
    if (this.#paused) return;
    const batches: PartitionBatch[] = [];
    const readers: Reader[] = [];
    for (const reader of this.#readers.values()) {
      if (!reader.open) continue;
      this.#check(reader);
      const log = this.#cluster.partition(reader.place)!;
      const records = log.slice(reader.next, log.high, this.#options.maxBytesPerPartition);
      if (records.length === 0) continue;
      batches.push({ ...reader.place, records, highWatermark: log.high });
      readers.push(reader);
    }
    if (batches.length === 0) return;
    await this.#handler.process(batches);
    for (const [i, reader] of readers.entries()) if (reader.open) reader.next = batches[i]!.records.at(-1)!.offset + 1;
    this.wake();
  }
}
