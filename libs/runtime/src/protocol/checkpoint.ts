import { type Instant, MedallionError, messageOf, NEVER } from '@medallion/core';
import type { Checkpoint, Offset, TopicPartition } from '../ports/index.ts';
import type { ThresholdCounts } from '../streaming/thresholds.ts';
import { Coordinates } from './coordinates.ts';
import { isCount, isObject, isThresholds, optional, parsed } from './wire.ts';

/** Kafka's default limit of a commit's metadata, `offset.metadata.max.bytes`. */
export const MAX_METADATA_BYTES = 4_096;
/** Room for the end that a flow which runs once adds. */
const END_BYTES = 32;

/** Where a streaming table's flow is in one input partition, and what its next decision depends on (SPEC P4). */
export type FlowPosition = {
  /** The next offset to read. */
  readonly next: Offset;
  readonly watermark: Instant;
  readonly coordinates: Coordinates;
  /** From where the flow's own output partition must be read to rebuild its state; null when there is none. */
  readonly restoreFrom: Offset | null;
  /** What was counted of rules with a threshold. */
  readonly thresholds?: ThresholdCounts;
  /** From where the flow's own rows and traces of records from `next` on are; absent: from the start. */
  readonly outputs?: { readonly rows: Offset; readonly traces: Offset };
  /** Of what stands there from then on, records of lesser terms do not count. */
  readonly term?: number;
};

/** Where a flow begins that has never run. */
export const startPosition = (): FlowPosition => ({
  next: 0,
  watermark: NEVER,
  coordinates: new Coordinates(),
  restoreFrom: null,
});

type Wire = {
  v: 1;
  w?: number;
  c?: Readonly<Record<string, string>>;
  r?: number;
  e?: number;
  o?: [number, number];
  m?: number;
  t?: ThresholdCounts;
};

/** A position as the group's offset with metadata. Throws MED_CHECKPOINT_INVALID when it is too large for Kafka. */
export function toCheckpoint(position: FlowPosition, group: string, at: TopicPartition): Checkpoint {
  const wire: Wire = { v: 1, c: position.coordinates.entries() };
  if (position.watermark !== NEVER) wire.w = position.watermark;
  if (position.restoreFrom !== null) wire.r = position.restoreFrom;
  if (position.outputs !== undefined) wire.o = [position.outputs.rows, position.outputs.traces];
  if (position.term !== undefined) wire.m = position.term;
  if (position.thresholds !== undefined) wire.t = position.thresholds;
  const metadata = JSON.stringify(wire);
  if (Buffer.byteLength(metadata) > MAX_METADATA_BYTES - END_BYTES)
    throw new MedallionError('MED_CHECKPOINT_INVALID', {
      group,
      ...at,
      reason: `it needs ${Buffer.byteLength(metadata)} bytes of ${MAX_METADATA_BYTES - END_BYTES}`,
    });
  return { offset: position.next, metadata };
}

/** Reads a checkpoint back. Throws MED_CHECKPOINT_INVALID when another tool has written it. */
export function fromCheckpoint(checkpoint: Checkpoint, group: string, at: TopicPartition): FlowPosition {
  try {
    const wire = wireOf(checkpoint.metadata);
    return {
      next: checkpoint.offset,
      watermark: (wire.w ?? NEVER) as Instant,
      coordinates: Coordinates.from(wire.c ?? {}),
      restoreFrom: wire.r ?? null,
      ...(wire.t === undefined ? {} : { thresholds: wire.t }),
      ...(wire.o === undefined ? {} : { outputs: { rows: wire.o[0], traces: wire.o[1] } }),
      ...(wire.m === undefined ? {} : { term: wire.m }),
    };
  } catch (cause) {
    const reason = `its metadata is ${checkpoint.metadata === '' ? 'empty' : `not a checkpoint: ${messageOf(cause)}`}`;
    throw new MedallionError('MED_CHECKPOINT_INVALID', { group, ...at, reason }, { cause });
  }
}

/** Throws RangeError for what is no metadata of ours. */
function wireOf(metadata: string): Wire {
  const wire = parsed(metadata);
  if (!isObject(wire) || wire.v !== 1) throw new RangeError('it is of no known version');
  optional('w', wire.w, Number.isSafeInteger);
  optional('c', wire.c, (c) => isObject(c) && Object.values(c).every((each) => typeof each === 'string'));
  for (const part of ['r', 'e', 'm'] as const) optional(part, wire[part], isCount);
  optional('o', wire.o, (o) => Array.isArray(o) && o.length === 2 && o.every(isCount));
  optional('t', wire.t, isThresholds);
  return wire as unknown as Wire;
}

/** The end at which a flow that runs once ends, as its checkpoint remembers it; null where none is remembered. */
export function endIn(checkpoint: Checkpoint | undefined): Offset | null {
  if (checkpoint === undefined) return null;
  try {
    return wireOf(checkpoint.metadata).e ?? null;
  } catch {
    return null;
  }
}

/** The metadata of a checkpoint that remembers an end. */
export const withEnd = (metadata: string, end: Offset): string =>
  JSON.stringify({ ...(JSON.parse(metadata) as Wire), e: end } satisfies Wire);
