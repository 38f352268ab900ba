import type { Fault } from '../fault.ts';
import { movesOn } from '../support/places.ts';
import { metricOf, ready } from '../support/signs.ts';

const LATE_MS = 200;
const LASTS_MS = 15_000;

/** Every reply of Postgres comes late: commits take longer, so that there are fewer and larger ones, and nothing else. */
export const postgresSlow: Fault = {
  name: 'postgres-slow',
  does: `each reply of Postgres ${LATE_MS} ms late`,
  async begin(world) {
    const { groups, doors } = world;
    const gold = groups['gold-aggregate'];
    const commits = async (): Promise<{ seconds: number; count: number }> => ({
      seconds: await metricOf(gold, 'medallion_commit_seconds_sum'),
      count: await metricOf(gold, 'medallion_commit_seconds_count'),
    });
    const before = await commits();
    doors.postgres.late(LATE_MS);
    return {
      sees: [
        {
          what: `medallion_commit_seconds of gold-aggregate: ${LATE_MS / 1_000} or more on average`,
          withinMs: 30_000,
          async seen() {
            const now = await commits();
            // Some had begun before.
            return now.count > before.count + 3 && (now.seconds - before.seconds) / (now.count - before.count) >= 0.15;
          },
        },
        movesOn(world, 'gold-aggregate'),
        ready(gold, gold.wanted),
      ],
      lastsMs: LASTS_MS,
      end: async () => doors.postgres.late(0),
    };
  },
};
