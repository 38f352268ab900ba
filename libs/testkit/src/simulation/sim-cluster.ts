import type { AppendBatch, LogRecord, Offset, PartitionRange, TopicPartition, TopicSpec } from '@medallion/runtime';
import type { Schedule } from '../log/schedule.ts';
import { BrokerError, NOT_LEADER } from './broker-error.ts';
import type { Chance } from './chance.ts';
import type { Server } from './network.ts';
import { SimGroup } from './sim-group.ts';
import { SimLeaders, sumOf } from './sim-leaders.ts';
import { SimPartition } from './sim-partition.ts';
import type { Writer } from './sim-process.ts';

/** What a fetch finds of one partition. */
export type FetchedPart = TopicPartition & {
  readonly from: Offset;
  readonly records: readonly LogRecord[];
  readonly low: Offset;
  readonly high: Offset;
};

type Poll = { readonly topics: ReadonlySet<string>; readonly broker: number; readonly wake: () => void };

/** How a cluster is made. */
export type ClusterParts = {
  readonly brokers: number;
  readonly schedule: Schedule;
  /** The true time, milliseconds since any moment. */
  readonly now: () => number;
  readonly chance: Chance;
  /** `group.initial.rebalance.delay.ms`: so long a group that was empty waits for more members; 0 when absent. */
  readonly firstRebalanceMs?: number;
};

/** The longest time that a broker lets records of a fetch gather, as clients ask for more than a few. */
const GATHER_MS = 200;

/** Brokers, their partitions and the groups that they coordinate. What was acknowledged is never lost. */
export class SimCluster {
  readonly schedule: Schedule;
  readonly brokers: number;
  readonly now: () => number;
  readonly firstRebalanceMs: number;
  readonly #chance: Chance;
  readonly #topics = new Map<string, SimPartition[]>();
  /** How long records of compacted topics are left alone, in milliseconds. */
  readonly #lags = new Map<string, number>();
  readonly #groups = new Map<string, SimGroup>();
  readonly #leaders: SimLeaders;
  readonly #coordinators = new Map<string, number>();
  readonly #down = new Set<number>();
  readonly #polls = new Set<Poll>();

  constructor({ brokers, schedule, now, chance, firstRebalanceMs }: ClusterParts) {
    this.firstRebalanceMs = firstRebalanceMs ?? 0;
    this.now = now;
    this.brokers = brokers;
    this.schedule = schedule;
    this.#chance = chance;
    this.#leaders = new SimLeaders(brokers, now);
  }

  topic(name: string): readonly SimPartition[] | undefined {
    return this.#topics.get(name);
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  partition({ topic, partition }: TopicPartition): SimPartition | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  createTopic(name: string, partitions: number, { cleanup, compaction }: Partial<TopicSpec> = {}): void {
    if (this.#topics.has(name)) return;
    this.#topics.set(
      name,
      Array.from({ length: partitions }, () => new SimPartition(this.now)),
    );
    if (cleanup?.startsWith('compact')) this.#lags.set(name, compaction?.lagMs ?? 0);
  }

  /** Compacts what may be compacted by now. */
  compact(): void {
    for (const [topic, lagMs] of this.#lags)
      for (const partition of this.#topics.get(topic) ?? []) partition.compactAfter(lagMs);
  }

  /** Deletes the topic with all its records; the groups' checkpoints stay. */
  deleteTopic(name: string): void {
    this.#topics.delete(name);
    this.#lags.delete(name);
  }

  ranges(topic: string): readonly PartitionRange[] | null {
    return this.#topics.get(topic)?.map(({ low, high }, partition) => ({ partition, low, high })) ?? null;
  }

  group(id: string): SimGroup {
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new SimGroup(id, this);
      this.#groups.set(id, group);
    }
    return group;
  }

  get groups(): readonly SimGroup[] {
    return [...this.#groups.values()];
  }

  /** Which broker clients take for the leader of a partition. */
  leader(at: TopicPartition): number {
    return this.#leaders.known(at);
  }

  /** The next broker leads a partition from now on; clients hear of it after so long. */
  moveLeader(at: TopicPartition, knownAfterMs: number): void {
    this.#leaders.move(at, (this.#leaders.of(at) + 1) % this.brokers, knownAfterMs);
    for (const poll of [...this.#polls]) if (poll.topics.has(at.topic)) poll.wake();
  }

  /** The other brokers lead from now on what this one led, and coordinate its groups; those are given back. */
  takeOver(broker: number, knownAfterMs: number): readonly SimGroup[] {
    for (const [topic, partitions] of this.#topics)
      for (const partition of partitions.keys())
        if (this.#leaders.of({ topic, partition }) === broker) this.moveLeader({ topic, partition }, knownAfterMs);
    const groups = this.groups.filter(({ id }) => this.coordinator(id) === `broker ${broker}`);
    for (const { id } of groups) this.moveCoordinator(id);
    return groups;
  }

  coordinator(group: string): Server {
    return `broker ${this.#coordinators.get(group) ?? sumOf(group) % this.brokers}`;
  }

  /** Another broker takes the group over; its members have to find it. */
  moveCoordinator(group: string): void {
    const at = this.#coordinators.get(group) ?? sumOf(group) % this.brokers;
    this.#coordinators.set(group, (at + 1) % this.brokers);
  }

  isUp(broker: number): boolean {
    return !this.#down.has(broker);
  }

  /** Its partitions and groups cannot be reached until it is up again. */
  stopBroker(broker: number): void {
    this.#down.add(broker);
    for (const poll of [...this.#polls]) if (poll.broker === broker) poll.wake();
  }

  startBroker(broker: number): void {
    this.#down.delete(broker);
  }

  /** Appends what a broker is sent in one request, but for what it does not lead. @throws BrokerError */
  appendAt(
    broker: number,
    batches: readonly AppendBatch[],
    timestampMs: number,
    writer: Writer | null = null,
  ): readonly Offset[] {
    const led = batches.filter((batch) => this.#leaders.of(batch) === broker);
    const offsets = this.append(led, timestampMs, writer);
    if (led.length < batches.length) throw new BrokerError(NOT_LEADER);
    return offsets;
  }

  /** Appends to partitions, whoever leads them. @throws BrokerError */
  append(batches: readonly AppendBatch[], timestampMs: number, writer: Writer | null = null): readonly Offset[] {
    const partitions = batches.map((batch) => this.partition(batch));
    if (partitions.includes(undefined)) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION');
    const offsets = batches.map(({ records }, i) => partitions[i]!.append(records, timestampMs, writer));
    for (const poll of [...this.#polls]) if (batches.some(({ topic }) => poll.topics.has(topic))) poll.wake();
    return offsets;
  }

  /** What partitions of one broker hold from these offsets on; waits for records where there are none. @throws BrokerError */
  async fetch(
    broker: number,
    wanted: readonly (TopicPartition & { readonly from: Offset })[],
    maxBytes: number,
    maxWaitMs: number,
  ): Promise<readonly FetchedPart[]> {
    const found = this.#fetched(broker, wanted, maxBytes);
    if (found.length > 0 || maxWaitMs === 0) return found;
    await this.#arrival(broker, new Set(wanted.map(({ topic }) => topic)), maxWaitMs);
    if (!this.isUp(broker)) throw new BrokerError('NETWORK_EXCEPTION');
    return this.#fetched(broker, wanted, maxBytes);
  }

  #fetched(
    broker: number,
    wanted: readonly (TopicPartition & { readonly from: Offset })[],
    maxBytes: number,
  ): readonly FetchedPart[] {
    return wanted.flatMap((each) => {
      const log = this.partition(each);
      if (log === undefined) throw new BrokerError('UNKNOWN_TOPIC_OR_PARTITION');
      if (this.#leaders.of(each) !== broker) throw new BrokerError(NOT_LEADER);
      if (each.from < log.low || each.from > log.high) throw new BrokerError('OFFSET_OUT_OF_RANGE');
      const records = log.slice(each.from, log.high, maxBytes);
      return records.length === 0 ? [] : [{ ...each, records, low: log.low, high: log.high }];
    });
  }

  /** Resolves some time after a record comes to one of the topics, or when the wait or the broker ends. */
  #arrival(broker: number, topics: ReadonlySet<string>, maxWaitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#polls.delete(poll);
        resolve();
      };
      const poll: Poll = {
        topics,
        broker,
        wake: () => {
          if (!this.isUp(broker)) end();
          else this.schedule(this.#chance.between(0, GATHER_MS), end);
        },
      };
      const cancel = this.schedule(maxWaitMs, end);
      this.#polls.add(poll);
    });
  }
}
