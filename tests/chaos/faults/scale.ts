import type { Fault } from '../fault.ts';
import { logged, ready } from '../support/signs.ts';

/** 1 → 3 → 1 instances of every service while events come: partitions change hands at each step. */
export const scale: Fault = {
  name: 'scale',
  does: 'every service from one instance to three, and back',
  async begin({ groups }) {
    const all = Object.values(groups);
    const usual = all.map((group) => group.wanted);
    const joined = all.map((group) => logged(group, 'joined the group', 60_000));
    await Promise.all(all.map((group) => group.scale(3)));
    return {
      sees: [...joined, ...all.map((group) => ready(group, 3))],
      async end() {
        await Promise.all(all.map((group, i) => group.scale(usual[i]!)));
      },
    };
  },
};
