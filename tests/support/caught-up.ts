import type { RecordLog } from '@medallion/runtime';
import { type GoldDatabase, PIPELINE, type StoredLease } from './gold-snapshot.ts';
import { topicEnds } from './topic-reader.ts';
import { FLOWS, GOLD_GROUP, GOLD_INPUTS } from './topology.ts';
import { until } from './until.ts';

/** The offsets that a group has stored of a topic, by partition; 0 for none. */
export async function groupOffsets(log: RecordLog, group: string, topic: string): Promise<readonly number[]> {
  const stored = await log.committed(group, topic);
  return (await topicEnds(log, topic)).map((_, partition) => stored.get(partition)?.offset ?? 0);
}

const leasesOf = (database: GoldDatabase): Promise<StoredLease[]> =>
  database.query<StoredLease>(
    `SELECT topic, partition, epoch, next_offset, watermark, idle FROM medallion.lease WHERE pipeline = $1`,
    [PIPELINE],
  );

/** What is still behind, as text; empty when all of the way is caught up. */
async function behind(log: RecordLog, database: GoldDatabase): Promise<string> {
  for (const { group, input } of FLOWS) {
    const ends = await topicEnds(log, input);
    const stored = await groupOffsets(log, group, input);
    if (ends.some((end, partition) => end > stored[partition]!))
      return `${group} is at ${stored.join(', ')} of ${ends.join(', ')}`;
  }
  const leases = await leasesOf(database);
  for (const topic of GOLD_INPUTS)
    for (const [partition, end] of (await topicEnds(log, topic)).entries()) {
      const lease = leases.find((each) => each.topic === topic && each.partition === partition);
      if ((lease?.next_offset ?? 0) < end)
        return `gold is at ${lease?.next_offset} of ${end} in ${topic}[${partition}]`;
    }
  return '';
}

/** Resolves when every flow has stored the end of its input and the leases are at the ends of all of gold's topics. */
export async function caughtUp(
  log: RecordLog,
  database: GoldDatabase,
  options: { readonly timeoutMs: number; readonly giveUp?: () => void },
): Promise<void> {
  let state = 'nothing is known yet';
  await until(
    'the pipeline is caught up',
    async () => {
      state = await behind(log, database);
      return state === '' ? true : null;
    },
    { ...options, everyMs: 250, describe: () => state },
  );
}

/** I5: partitions in which the group's own offset is ahead of the lease, as lines. */
export async function aheadOfLease(log: RecordLog, database: GoldDatabase): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const topic of GOLD_INPUTS) {
    const stored = await groupOffsets(log, GOLD_GROUP, topic);
    for (const lease of (await leasesOf(database)).filter((each) => each.topic === topic)) {
      const offset = stored[lease.partition] ?? 0;
      if (offset > lease.next_offset)
        lines.push(`${topic}[${lease.partition}]: group at ${offset}, lease at ${lease.next_offset}`);
    }
  }
  return lines;
}
