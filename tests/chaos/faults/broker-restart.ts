import type { Fault } from '../fault.ts';
import { notReady } from '../support/signs.ts';

/** The only broker goes and comes back: in order, or as in a crash. */
export const brokerRestart = (how: 'clean' | 'hard'): Fault => ({
  name: `broker-${how}`,
  does:
    how === 'hard' ? 'SIGKILL of all brokers, started again later' : 'all brokers stopped in order, and started again',
  async begin({ brokers, groups }) {
    await Promise.all(brokers.map((broker) => broker.stop({ hard: how === 'hard' })));
    return {
      sees: Object.values(groups).map((group) => notReady(group, ['MED_LOG_UNAVAILABLE'], 60_000)),
      async end() {
        await Promise.all(brokers.map((broker) => broker.start()));
      },
    };
  },
});
