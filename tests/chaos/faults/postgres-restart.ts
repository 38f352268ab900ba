import type { Fault } from '../fault.ts';
import { movesOn, throughToGold } from '../support/places.ts';
import { logged, notReady } from '../support/signs.ts';

/** What was fed before is through within so long, as after any fault. */
const LEARNT_MS = 90_000;

/** Postgres goes and comes back: in order, or as in a crash. Bronze and silver do not need it. */
export const postgresRestart = (how: 'clean' | 'hard'): Fault => ({
  name: `postgres-${how}`,
  does: how === 'hard' ? 'SIGKILL of Postgres, started again later' : 'Postgres stopped in order, and started again',
  async begin(world, _random, signal) {
    const { postgres, groups } = world;
    // The registry keeps schemas in it, and who has just started knows them once something has come through.
    await throughToGold(world, LEARNT_MS, () => signal.throwIfAborted());
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
