import type { Chance } from './chance.ts';
import type { Fault, Loss } from './scenario.ts';

type Storm = Extract<Fault, { kind: 'network' }>;

const LOSSES: readonly Loss[] = ['request', 'reply', 'cut', 'cut', 'late', 'late', 'again', 'again'];
const TO = ['log', 'log', 'postgres', 'registry'] as const;
const TO_WITH_FILES = [...TO, 'files'] as const;
const LOG_CALLS = ['append', 'append', 'append', 'checkpoint', 'checkpoint', 'checkpoint', 'fetch', 'heartbeat', ''];
const POSTGRES_CALLS = ['commit', 'commit', 'commit', 'commit', 'commit', 'acquire', 'advance final', ''];

/** What the network does to which requests, and for how long. */
export function drawStorm(chance: Chance, hasFiles: boolean): Omit<Storm, 'atMs' | 'kind' | 'who'> {
  const to = chance.pick(hasFiles ? TO_WITH_FILES : TO);
  return {
    to,
    calls: to === 'log' ? chance.pick(LOG_CALLS) : to === 'postgres' ? chance.pick(POSTGRES_CALLS) : '',
    loss: chance.pick(LOSSES),
    share: chance.pick([0.1, 0.3, 1]),
    forMs: Math.round(chance.between(200, 20_000)),
    delayMs: Math.round(chance.pick([chance.between(100, 10_000), chance.between(30_000, 180_000)])),
    ...(chance.happens(0.8) ? { isUneven: true } : {}),
  };
}
