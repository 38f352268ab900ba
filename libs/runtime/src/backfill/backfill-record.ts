import { MedallionError } from '@medallion/core';
import type { Headers, Offset, OutRecord } from '../ports/index.ts';
import { formatCoordinate, SRC } from '../protocol/coordinates.ts';
import { partitionOfKey } from '../protocol/key-partition.ts';
import { HEADER } from '../protocol/trace.ts';

/** A record or row that a backfill brings. */
export type Brought = {
  /** The partition of the topic that it was read from; 0 for files. */
  readonly partition: number;
  /** Its number among all that the backfill reads of that partition, from 0. */
  readonly index: number;
  /** Where it was: topic and offset, or the path of a file and the row in it. */
  readonly place: { readonly topic: string; readonly partition: number; readonly offset: Offset };
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
  /** How a row of a file becomes a row of the table; null for records of a topic. */
  readonly cast: 'json' | 'text' | 'values' | null;
  /** Why it is none. */
  readonly broken?: string;
};

/** The flow in the coordinates of backfilled records. */
export const BACKFILL = 'backfill';
/** So many records of one partition a backfill may bring: what is left of an offset is the number of the backfill. */
const MOST_RECORDS = 100_000_000_000;

/** The record as the topic of the backfilled flow keeps it: greater for a later backfill, in order within one (SPEC B2). */
export function toBackfillRecord(backfill: number, brought: Brought): OutRecord {
  const { partition, index, place, key, value, headers: original, cast, broken } = brought;
  if (index >= MOST_RECORDS) {
    const problems = `a backfill brings at most ${MOST_RECORDS} records of one partition; give parts of it with --from and --to`;
    throw new MedallionError('MED_CONFIG_INVALID', { problems });
  }
  const headers: Record<string, Buffer | string> = {};
  for (const [name, header] of Object.entries(original))
    headers[name === SRC || name.startsWith('medallion.') ? `original.${name}` : name] = header;
  return {
    key,
    value,
    headers: {
      ...headers,
      [SRC]: formatCoordinate(BACKFILL, partition, backfill * MOST_RECORDS + index, 0),
      [HEADER.topic]: place.topic,
      [HEADER.partition]: String(place.partition),
      [HEADER.offset]: String(place.offset),
      ...(cast === null ? {} : { [HEADER.cast]: cast }),
      ...(broken === undefined ? {} : { [HEADER.broken]: broken }),
    },
  };
}

/**
 * The partition where it goes. Of a topic with as many partitions as the table it stays in its own, as keys are divided
 * alike; else, and for files, it goes where its key belongs. The same in every attempt (SPEC B5).
 */
export function partitionFor({ partition, index, key }: Brought, sourcePartitions: number | null, partitions: number) {
  if (sourcePartitions === partitions) return partition;
  return key === null ? (sourcePartitions === null ? index : partition) % partitions : partitionOfKey(key, partitions);
}
