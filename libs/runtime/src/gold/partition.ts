import type { Instant } from '@medallion/core';
import type { Lease, LeaseStep, Offset, TopicPartition } from '../ports/index.ts';
import { Coordinates } from '../protocol/coordinates.ts';

/** What this instance knows of a partition whose lease it holds: what the lease says, after its last commit. */
export type HeldPartition = TopicPartition & {
  readonly epoch: number;
  readonly next: Offset;
  readonly watermark: Instant;
  readonly coordinates: Coordinates;
  readonly idle: boolean;
};

/** A name for a partition, for maps and messages. */
export const keyOf = (at: TopicPartition): string => `${at.topic}[${at.partition}]`;

/** The partition of a lease just acquired. */
export const held = (lease: Lease): HeldPartition => ({
  topic: lease.topic,
  partition: lease.partition,
  epoch: lease.epoch,
  next: lease.next,
  watermark: lease.state.watermark,
  coordinates: Coordinates.from(lease.state.coordinates),
  idle: lease.state.idle,
});

/** The step that takes a lease from one state of a partition to another. */
export const leaseStep = (before: HeldPartition, after: HeldPartition): LeaseStep => ({
  topic: before.topic,
  partition: before.partition,
  epoch: before.epoch,
  from: before.next,
  next: after.next,
  state: { watermark: after.watermark, coordinates: after.coordinates.entries(), idle: after.idle },
});
