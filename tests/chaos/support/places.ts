import { groupOffsets } from '../../support/caught-up.ts';
import { PIPELINE } from '../../support/gold-snapshot.ts';
import type { ServiceName } from '../../support/service-process.ts';
import { topicEnds } from '../../support/topic-reader.ts';
import { FLOWS, GOLD_GROUP, GOLD_INPUTS } from '../../support/topology.ts';
import { until } from '../../support/until.ts';
import type { Sign } from '../fault.ts';
import type { World } from './world.ts';

/** Next offsets of the partitions of one topic. */
type Places = readonly number[];

const behind = (stored: Places, ends: Places): boolean => ends.some((end, partition) => (stored[partition] ?? 0) < end);

/** How far the leases are in a topic. */
async function leased({ database }: World, topic: string): Promise<Places> {
  const leases = await database.query<{ partition: number; next_offset: number }>(
    'SELECT partition, next_offset FROM medallion.lease WHERE pipeline = $1 AND topic = $2',
    [PIPELINE, topic],
  );
  const places: number[] = [];
  for (const { partition, next_offset: next } of leases) places[partition] = next;
  return places;
}

/** Where a service is in all that it reads: checkpoints of bronze and silver, leases of gold. */
async function placesOf(world: World, service: ServiceName): Promise<readonly Places[]> {
  const [bronze, silver] = FLOWS;
  switch (service) {
    case 'bronze-ingest':
      return [await groupOffsets(world.log, bronze.group, bronze.input)];
    case 'silver-enrich':
      return [await groupOffsets(world.log, silver.group, silver.input)];
    case 'gold-aggregate':
      return Promise.all(GOLD_INPUTS.map((topic) => leased(world, topic)));
  }
}

const sum = (places: readonly Places[]): number => places.flat().reduce((all, each) => all + each, 0);

/** The service stores that it is further than it is when it is asked first: it works, whatever else is seen. */
export function movesOn(world: World, service: ServiceName, withinMs = 60_000): Sign {
  let before: number | null = null;
  const what = service === 'gold-aggregate' ? 'leases' : 'checkpoints';
  return {
    what: `${what} of ${service}: go on`,
    withinMs,
    async seen() {
      const now = sum(await placesOf(world, service));
      before ??= now;
      return now > before;
    },
  };
}

/** The same of the offsets that gold stores for tools that look at groups. */
export function goldGroupMovesOn({ log }: World, withinMs = 60_000): Sign {
  let before: number | null = null;
  return {
    what: "offsets of gold's group: go on",
    withinMs,
    async seen() {
      const now = sum(await Promise.all(GOLD_INPUTS.map((topic) => groupOffsets(log, GOLD_GROUP, topic))));
      before ??= now;
      return now > before;
    },
  };
}

/** Resolves when something has come through to gold: from then on services know their schemas. */
export async function firstThroughToGold(world: World, timeoutMs: number, giveUp: () => void): Promise<void> {
  await until('something is fed', () => (world.feed.fed > 0 ? true : null), { timeoutMs, giveUp });
  await throughToGold(world, timeoutMs, giveUp);
}

/** Resolves when all that is in the raw topic now has come through to gold; the feed may go on meanwhile. */
export async function throughToGold(world: World, timeoutMs: number, giveUp: () => void): Promise<void> {
  const { log } = world;
  const deadline = performance.now() + timeoutMs;
  let state = '';
  const reached = (what: string, stored: () => Promise<Places>, ends: Places): Promise<true> =>
    until(
      `${what} is where its input ended`,
      async () => {
        const now = await stored();
        state = `at ${now.join(', ')} of ${ends.join(', ')}`;
        return behind(now, ends) ? null : true;
      },
      { timeoutMs: Math.max(0, deadline - performance.now()), everyMs: 250, describe: () => state, giveUp },
    );
  const endsOf = (topic: string): Promise<Places> =>
    until(`the ends of ${topic}`, () => topicEnds(log, topic), {
      timeoutMs: Math.max(0, deadline - performance.now()),
      giveUp,
    });
  for (const { group, input } of FLOWS)
    await reached(group, () => groupOffsets(log, group, input), await endsOf(input));
  for (const topic of GOLD_INPUTS) await reached(`gold in ${topic}`, () => leased(world, topic), await endsOf(topic));
}
