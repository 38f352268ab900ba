import { type Instant, invariant } from '@medallion/core';
import type { Lease, LeaseStep, PartitionState, TopicPartition } from '@medallion/runtime';
import type pg from 'pg';
import { arrayOf, booleanElement, numberElement, textElement } from './array-literal.ts';
import { watermarkElement } from './trace-text.ts';
import type { Statement } from './transaction.ts';

/** The order in which leases are locked. */
export const byTopicPartition = (a: TopicPartition, b: TopicPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

type LeaseRow = {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly next_offset: number;
  readonly watermark: Instant;
  readonly idle: boolean;
  readonly coordinates: PartitionState['coordinates'];
};

/** Takes the leases at their next epoch: from then on a commit of the former owner changes nothing. */
export async function acquireLeases(
  pool: pg.Pool,
  pipeline: string,
  partitions: readonly TopicPartition[],
  owner: string,
): Promise<readonly Lease[]> {
  if (partitions.length === 0) return [];
  const sorted = partitions.toSorted(byTopicPartition);
  const { rows } = await pool.query<LeaseRow>({
    name: 'acquire',
    text: `INSERT INTO medallion.lease AS l (pipeline, topic, partition, epoch, next_offset, watermark, idle, coordinates, owner)
SELECT $1, p.topic, p.partition, 1, 0, '-infinity', false, '{}', $4
FROM unnest($2::text[], $3::integer[]) AS p(topic, partition)
ON CONFLICT (pipeline, topic, partition) DO UPDATE
  SET epoch = l.epoch + 1, owner = excluded.owner, updated_at = excluded.updated_at
RETURNING topic, partition, epoch, next_offset, watermark, idle, coordinates`,
    values: [
      pipeline,
      arrayOf(sorted, (p) => p.topic, textElement),
      arrayOf(sorted, (p) => p.partition, numberElement),
      owner,
    ],
  });
  return rows.map(({ topic, partition, epoch, next_offset, watermark, idle, coordinates }) => ({
    ...{ topic, partition, epoch, next: next_offset },
    state: { watermark, coordinates, idle },
  }));
}

/** The next offset of each partition of a topic that has a lease. */
export async function leasePositions(pool: pg.Pool, pipeline: string, topic: string): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ partition: number; next_offset: number }>(
    'SELECT partition, next_offset FROM medallion.lease WHERE pipeline = $1 AND topic = $2',
    [pipeline, topic],
  );
  return new Map(rows.map(({ partition, next_offset }) => [partition, next_offset]));
}

/** The statement of a commit that moves its leases on, or raises FENCED or FINAL_MOVED. */
export function stepStatement(
  pipeline: string,
  leases: readonly LeaseStep[],
  finalThrough: ReadonlyMap<string, Instant>,
): Statement {
  const steps = leases.toSorted(byTopicPartition);
  for (const step of steps) checkStep(step);
  const sources = [...finalThrough].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: 'take_step',
    text: 'SELECT medallion.take_step($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
    values: [
      pipeline,
      arrayOf(sources, ([source]) => source, textElement),
      arrayOf(sources, ([, through]) => through, watermarkElement),
      arrayOf(steps, (s) => s.topic, textElement),
      arrayOf(steps, (s) => s.partition, numberElement),
      arrayOf(steps, (s) => s.epoch, numberElement),
      arrayOf(steps, (s) => s.from, numberElement),
      arrayOf(steps, (s) => s.next, numberElement),
      arrayOf(steps, (s) => s.state.watermark, watermarkElement),
      arrayOf(steps, (s) => s.state.idle, booleanElement),
      JSON.stringify(steps.map((s) => s.state.coordinates)),
    ],
  };
}

function checkStep({ topic, partition, from, next }: LeaseStep): void {
  invariant(next >= from, `the lease of ${topic}[${partition}] would go back from ${from} to ${next}`);
}

/** Moves the point of finality of a source on; a look without a lock first, as it mostly has nowhere to go. */
export async function advanceFinal(
  pool: pg.Pool,
  pipeline: string,
  source: string,
  topic: string,
  partitions: number,
): Promise<Instant> {
  const { rows } = await pool.query<{ target: Instant | null; final_through: Instant | null }>({
    name: 'final_target',
    text: `SELECT medallion.final_target($1, $3, $4) AS target,
  (SELECT final_through FROM medallion.watermarks WHERE pipeline = $1 AND source = $2) AS final_through`,
    values: [pipeline, source, topic, partitions],
  });
  const { target, final_through } = rows[0]!;
  if (final_through !== null && (target === null || target <= final_through)) return final_through;
  const moved = await pool.query<{ final_through: Instant }>({
    name: 'move_final',
    text: 'SELECT medallion.move_final($1, $2, $3, $4) AS final_through',
    values: [pipeline, source, topic, partitions],
  });
  return moved.rows[0]!.final_through;
}

/** Closes windows by the clock, in silence (W6). */
export async function closeByClock(
  pool: pg.Pool,
  pipeline: string,
  source: string,
  topic: string,
  partitions: number,
  through: Instant,
): Promise<Instant> {
  const { rows } = await pool.query<{ final_through: Instant }>({
    name: 'close_by_clock',
    text: `SELECT medallion.close_by_clock($1, $2, $3, $4, to_timestamp($5::double precision / 1000)) AS final_through`,
    values: [pipeline, source, topic, partitions, through],
  });
  return rows[0]!.final_through;
}

/** The points of finality of all sources of a pipeline. */
export async function readFinal(pool: pg.Pool | pg.ClientBase, pipeline: string): Promise<Map<string, Instant>> {
  const { rows } = await pool.query<{ source: string; final_through: Instant }>({
    name: 'final_through',
    text: 'SELECT source, final_through FROM medallion.watermarks WHERE pipeline = $1',
    values: [pipeline],
  });
  return new Map(rows.map((row) => [row.source, row.final_through]));
}
