import type { Kafka } from 'kafkajs';
import type { GoldDatabase, StoredLease } from './gold-snapshot.ts';
import { PIPELINE } from './gold-snapshot.ts';
import { topicEnds } from './topic-tail.ts';
import { FLOWS, GOLD_GROUP, GOLD_INPUTS } from './topology.ts';
import { until } from './until.ts';

/** The offsets that a group has stored of a topic, by partition; −1 for none. */
export async function groupOffsets(kafka: Kafka, group: string, topic: string): Promise<readonly number[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [stored] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    const partitions = (stored?.partitions ?? []).toSorted((a, b) => a.partition - b.partition);
    return partitions.map(({ offset }) => Number(offset));
  } finally {
    await admin.disconnect();
  }
}

const leasesOf = (database: GoldDatabase): Promise<StoredLease[]> =>
  database.query<StoredLease>(
    `SELECT topic, partition, epoch, next_offset, watermark, idle FROM medallion.lease WHERE pipeline = $1`,
    [PIPELINE],
  );

/** What is still behind, as text; empty when all of the way is caught up. */
async function behind(kafka: Kafka, database: GoldDatabase): Promise<string> {
  for (const { group, input } of FLOWS) {
    const ends = (await topicEnds(kafka, [input])).get(input)!;
    const stored = await groupOffsets(kafka, group, input);
    const waiting = ends.filter((end, partition) => end > Math.max(0, stored[partition] ?? 0));
    if (waiting.length > 0) return `${group} is at ${stored.join(', ')} of ${ends.join(', ')}`;
  }
  const leases = await leasesOf(database);
  for (const [topic, ends] of await topicEnds(kafka, GOLD_INPUTS))
    for (const [partition, end] of ends.entries()) {
      const lease = leases.find((each) => each.topic === topic && each.partition === partition);
      if ((lease?.next_offset ?? 0) < end)
        return `gold is at ${lease?.next_offset} of ${end} in ${topic}[${partition}]`;
    }
  return '';
}

/** Resolves when every flow has stored the end of its input and the leases are at the ends of all of gold's topics. */
export async function caughtUp(
  kafka: Kafka,
  database: GoldDatabase,
  options: { readonly timeoutMs: number; readonly giveUp?: () => void },
): Promise<void> {
  let state = 'nothing is known yet';
  await until(
    'the pipeline is caught up',
    async () => {
      state = await behind(kafka, database);
      return state === '' ? true : null;
    },
    { ...options, everyMs: 500, describe: () => state },
  );
}

/** I5: partitions in which the group's own offset is ahead of the lease, as lines. */
export async function aheadOfLease(kafka: Kafka, database: GoldDatabase): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const topic of GOLD_INPUTS) {
    const stored = await groupOffsets(kafka, GOLD_GROUP, topic);
    for (const lease of (await leasesOf(database)).filter((each) => each.topic === topic)) {
      const offset = stored[lease.partition] ?? -1;
      if (offset > lease.next_offset)
        lines.push(`${topic}[${lease.partition}]: group at ${offset}, lease at ${lease.next_offset}`);
    }
  }
  return lines;
}
