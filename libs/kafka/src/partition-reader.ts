import { MedallionError } from '@medallion/core';
import type { LogRecord, Offset, PartitionBatch, TopicPartition } from '@medallion/runtime';

/** What arrived of one partition in one fetch. */
export type Arrived = {
  /** The offset that the fetch asked for. */
  readonly from: Offset;
  readonly records: readonly LogRecord[];
  /** The oldest offset that the log held when it answered. */
  readonly low: Offset;
  readonly highWatermark: Offset;
  /** The offset after everything that arrived, markers and removed records included. */
  readonly end: Offset;
};

/**
 * One assigned partition and the offset that is expected next.
 *
 *     opening ─open()'s offset known─▶ open ─reopen─▶ opening
 *        └──────────────lost──────────────┴─▶ lost (whatever still arrives or is under way for it is dropped)
 */
export class PartitionReader {
  readonly topic: string;
  readonly partition: number;
  state: 'opening' | 'open' | 'lost' = 'opening';
  /** Whether the handler has been told of the partition, so that it is told of its loss too. */
  announced = false;
  next: Offset = 0;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
  }

  get place(): TopicPartition {
    return { topic: this.topic, partition: this.partition };
  }

  /**
   * Whether a fetch left out nothing: one that was under way while the position was set back, or one too many at a
   * change of the leader, begins later, and what it lacks would go unnoticed.
   */
  follows({ from }: Arrived): boolean {
    return from <= this.next;
  }

  /**
   * The part of a fetch that follows what was read so far; null when there is nothing of it.
   *
   * @throws MED_LOG_GAP when records between are gone, MED_LOG_RECREATED when the log is shorter than what was read.
   */
  accept(arrived: Arrived, group: string): PartitionBatch | null {
    const { topic, partition, next } = this;
    const { records, low, highWatermark, end } = arrived;
    const first = records[0];
    const last = records.at(-1);
    if (!first || !last || last.offset < next) return null;
    if (first.offset > next) checkRange(this.place, next, { low, high: highWatermark }, group);
    const fresh = first.offset < next ? records.filter(({ offset }) => offset >= next) : records;
    // Markers behind the last record are no records: without this a reader would never be at the end.
    const high = end >= highWatermark ? last.offset + 1 : highWatermark;
    return { topic, partition, records: fresh, highWatermark: high };
  }
}

/** @throws MED_LOG_GAP, MED_LOG_RECREATED when a log with this range cannot be read on from `expected`. */
export function checkRange(
  { topic, partition }: TopicPartition,
  expected: Offset,
  { low, high }: { readonly low: Offset; readonly high: Offset },
  group: string,
): void {
  if (expected < low) throw new MedallionError('MED_LOG_GAP', { topic, partition, low, expected, group });
  if (expected > high) throw new MedallionError('MED_LOG_RECREATED', { topic, partition, high, expected });
}
