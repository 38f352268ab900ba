/**
 * The port to a partitioned log (Kafka). Correctness asks only three things of it: an acknowledged append is kept, a
 * partition is read in order from a given offset, and a stored checkpoint is read back as written. Everything else
 * (repeated appends, zombies, lost acknowledgements, stale checkpoints) is the protocol's business; see SPEC.md.
 */

/** The place of a record in a partition, counted from 0. */
export type Offset = number;

/** A partition of a topic. */
export type TopicPartition = { readonly topic: string; readonly partition: number };

/** Header values by name; a repeated header keeps its last value. */
export type Headers = Readonly<Record<string, Buffer | string>>;

/** A record as it was read. */
export type LogRecord = {
  readonly offset: Offset;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** The record's own timestamp, epoch milliseconds. */
  readonly timestampMs: number;
};

/** Consecutive records of one partition, at least one. */
export type PartitionBatch = TopicPartition & {
  readonly records: readonly LogRecord[];
  /** The offset after the last record that the partition had when this batch was fetched. */
  readonly highWatermark: Offset;
};

/** Consecutive records of one partition of a topic that is followed. */
export type Followed = { readonly partition: number; readonly records: readonly LogRecord[] };

/** What arrived together: at most one batch a partition. */
export type Round = readonly PartitionBatch[];

/** A position that a group has reached in a partition, with what it needs to go on from there. */
export type Checkpoint = { readonly offset: Offset; readonly metadata: string };

/**
 * What a group member does with the partitions that it is given. No two of its methods run at the same time.
 * A throw from any of them ends the subscription: `Subscription.done` rejects with it.
 */
export interface RoundHandler {
  /**
   * Called for each partition on assignment, before its first batch: the offset to start from. Of 0 without a checkpoint it is
   * the oldest record that there is; any other offset must still be there (MED_LOG_GAP).
   */
  open(partition: TopicPartition, committed: Checkpoint | null): Promise<Offset>;
  /**
   * Called with batches that follow one another without gap or overlap from the opened offset on (offsets that the log
   * itself skips, as compaction and transaction markers do, are no gaps). The next round is fetched when it resolves.
   */
  process(round: Round): Promise<void>;
  /** Called about every `tickMs`, also when nothing arrives, with the partitions now open. */
  tick(): Promise<void>;
  /** The partitions were given to another member; what is kept of them may be forgotten. */
  closed(partitions: readonly TopicPartition[]): void;
}

/** How a group member reads. */
export type SubscribeOptions = {
  readonly group: string;
  readonly topics: readonly string[];
  /** The longest time in milliseconds that the broker may wait for more records before it answers a fetch. */
  readonly maxWaitMs: number;
  /** At most this many bytes of one partition in one round (a single larger record is still delivered). */
  readonly maxBytesPerPartition: number;
  readonly sessionTimeoutMs: number;
  readonly tickMs: number;
  /** At most so many members have partitions, as the member that deals them out has it; others wait. Absent: all. */
  readonly maxMembers?: number;
};

/** A running group membership. */
export interface Subscription {
  /** Settles when the membership has ended: resolves after `stop`, rejects with the error that ended it. */
  readonly done: Promise<void>;
  /**
   * Stores checkpoints for the group. Rejects when this member no longer belongs to the group; to go on regardless is
   * safe, as an older checkpoint only means repetition.
   */
  commit(checkpoints: readonly (TopicPartition & Checkpoint)[]): Promise<void>;
  /** Has the partition opened again before its next batch: `open` says where to go on. */
  reopen(partition: TopicPartition): void;
  /** Lets the running call finish, leaves the group, resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** A record to append. */
export type OutRecord = { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: Headers };

/**
 * Records for one partition, in order. They are appended all or none, as one batch; more than the topic takes at once is
 * cut into several in order, and then a failure may leave the first of them.
 */
export type AppendBatch = TopicPartition & { readonly records: readonly OutRecord[] };

/** Appends in order, acknowledged by all in-sync replicas. */
export interface Appender {
  /**
   * Appends all batches and resolves, with the offset of the first record of each, when all are acknowledged. At most
   * one append is under way at a time.
   *
   * @throws MED_APPEND_FAILED when the fate of any batch is unknown: the appender takes no more and must be closed.
   */
  append(batches: readonly AppendBatch[]): Promise<readonly Offset[]>;
  close(): Promise<void>;
}

/** The readable range of a partition: records from `low` up to, not with, `high`. */
export type PartitionRange = { readonly partition: number; readonly low: Offset; readonly high: Offset };

/** A topic that the engine owns. */
export type TopicSpec = {
  readonly topic: string;
  readonly partitions: number;
  /** -1 keeps records for ever. */
  readonly retentionMs: number;
  readonly maxMessageBytes: number;
  /** `delete` when absent. A compacted topic keeps the newest record of each key; retention counts where it deletes too. */
  readonly cleanup?: 'delete' | 'compact' | 'compact,delete';
  /** How a compacted topic is compacted; the log's own defaults when absent. */
  readonly compaction?: CompactionSpec;
};

/** Bounds of compaction, in milliseconds. */
export type CompactionSpec = {
  /** A record is compacted no earlier than this after it was appended. */
  readonly lagMs: number;
  /** A null value is kept at least so long after it was compacted. */
  readonly tombstoneRetentionMs: number;
};

/** A partitioned log. */
export interface RecordLog {
  subscribe(options: SubscribeOptions, handler: RoundHandler): Promise<Subscription>;
  /** A new appender, independent of all others. */
  appender(): Promise<Appender>;
  /**
   * Reads a partition outside any group from `from` (or the oldest record, when that is later) up to the end that it
   * had at the call, in batches.
   */
  read(partition: TopicPartition, from: Offset): AsyncIterable<readonly LogRecord[]>;
  /**
   * Reads a topic outside any group from these offsets on, by partition, as records come, until the signal aborts. Ends
   * with an error when the log does not answer, or ends before one of the offsets, as one that was created again does;
   * whoever wants to go on calls it again.
   */
  follow(topic: string, from: ReadonlyMap<number, Offset>, signal: AbortSignal): AsyncIterable<Followed>;
  /** The partitions of a topic by number, or null when there is no such topic. */
  partitions(topic: string): Promise<readonly PartitionRange[] | null>;
  /** A group's checkpoints of a topic by partition; partitions without one are absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, Checkpoint>>;
  /** Creates the topics that do not exist, and leaves the others as they are. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  close(): Promise<void>;
}
