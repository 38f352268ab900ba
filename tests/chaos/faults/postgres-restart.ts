import type { Fault } from '../fault.ts';
import { movesOn } from '../support/places.ts';
import { logged, notReady } from '../support/signs.ts';

/** Postgres goes and comes back: in order, or as in a crash. Bronze and silver do not need it. */
export const postgresRestart = (how: 'clean' | 'hard'): Fault => ({
  name: `postgres-${how}`,
  does: how === 'hard' ? 'SIGKILL of Postgres, started again later' : 'Postgres stopped in order, and started again',
  async begin(world) {
    const { postgres, groups } = world;
    const gold = groups['gold-aggregate'];
    const line = logged(gold, 'MED_STORE_UNAVAILABLE');
    await postgres.stop({ hard: how === 'hard' });
    return {
      sees: [
        line,
        notReady(gold, ['MED_STORE_UNAVAILABLE']),
        movesOn(world, 'bronze-ingest'),
        movesOn(world, 'silver-enrich'),
      ],
      end: () => postgres.start(),
    };
  },
});
