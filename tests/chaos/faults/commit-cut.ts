import type { Fault } from '../fault.ts';
import { cutAtCommit, type Moment } from '../support/cut-at-commit.ts';
import { movesOn } from '../support/places.ts';

const CUTS = 3;

/** Connections break at a COMMIT, the one place where it matters when: what was committed must not be repeated, nor lost. */
export const commitCut = (moment: Moment): Fault => ({
  name: moment === 'before it arrives' ? 'commit-cut-before' : 'commit-cut-after',
  does: `connections of gold are cut at COMMIT, ${moment}, ${CUTS} times`,
  async begin(world) {
    const { postgres } = world.doors;
    let cuts = 0;
    postgres.tap(cutAtCommit(moment, CUTS, () => cuts++));
    return {
      sees: [
        { what: `${CUTS} connections were cut at COMMIT, ${moment}`, withinMs: 120_000, seen: () => cuts >= CUTS },
        movesOn(world, 'gold-aggregate', 120_000),
      ],
      end: async () => postgres.tap(null),
    };
  },
});
