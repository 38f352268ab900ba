import type { GroupDescription } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import { type Reading, type RecordLog, readingsOfFlow, unread } from '@medallion/runtime';
import type { Group } from '../contract/index.ts';
import type { KafkaParts } from './kafka-parts.ts';
import { groupOfReader, readersOf, type TopicReader } from './readers.ts';

/** A group that is not there, and never was. */
const DEAD = 'Dead';

/**
 * The consumer groups of a pipeline in the order of the data, gold last: who is in them, and how far they are. Groups beside
 * the declared flows are left out where there never was a redrive or backfill. What the gold group has committed is advisory:
 * its leases count.
 *
 * @throws MED_LOG_UNAVAILABLE
 */
export async function groupsOf({ log, groups }: KafkaParts, plan: PipelinePlan): Promise<Group[]> {
  const readers = Map.groupBy(readersOf(plan).all, (reader) => groupOfReader(plan, reader));
  const names = [...readers.keys()].sort((a, b) => rank(readers.get(a)!) - rank(readers.get(b)!));
  const described = await groups.describe(names);
  const all = await Promise.all(
    described.map(async (group): Promise<Group | null> => {
      const those = readers.get(group.group)!;
      if (group.state === DEAD && those.every(({ beside }) => beside)) return null;
      return shown(group, those, await readingsOf(log, plan, those));
    }),
  );
  return all.filter((group) => group !== null);
}

const rank = (readers: readonly TopicReader[]): number =>
  readers.some(({ flow }) => flow === null) ? 2 : readers.some(({ beside }) => beside) ? 1 : 0;

async function readingsOf(
  log: KafkaParts['log'],
  plan: PipelinePlan,
  readers: readonly TopicReader[],
): Promise<readonly Reading[]> {
  const each = await Promise.all(
    readers.map(({ flow, topic }) =>
      flow === null ? committedBy(log, plan, topic) : readingsOfFlow(log, plan, flow, topic),
    ),
  );
  return each.flatMap((readings) => readings ?? []);
}

/** What the gold group says of a topic. */
async function committedBy(
  log: Pick<RecordLog, 'partitions' | 'committed'>,
  plan: PipelinePlan,
  topic: string,
): Promise<readonly Reading[]> {
  const ranges = (await log.partitions(topic)) ?? [];
  if (ranges.length === 0) return [];
  const committed = await log.committed(`${plan.name}.gold`, topic);
  return ranges.map((range) => ({ topic, ...range, next: committed.get(range.partition)?.offset ?? null, mark: '' }));
}

function shown(
  { group, state, members }: GroupDescription,
  readers: readonly TopicReader[],
  readings: readonly Reading[],
): Group {
  return {
    group,
    table: readers[0]?.flow === null ? null : (readers[0]?.table ?? null),
    state,
    members: members.map(({ clientId, host, partitions }) => ({
      clientId,
      host,
      partitions: partitions.map(({ topic, partition }) => `${topic}[${partition}]`),
    })),
    partitions: readings.map((reading) => ({
      topic: reading.topic,
      partition: reading.partition,
      committed: reading.next,
      end: reading.high,
      lag: unread(reading),
    })),
  };
}
