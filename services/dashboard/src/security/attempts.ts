import { isIPv6 } from 'node:net';
import type { Clock, Instant } from '@medallion/core';

/** Failed logins by address: after some, nothing more is even looked at for a while. */
export type Attempts = {
  /** How many seconds this address has to wait; 0: it may try. */
  waitSeconds(address: string): number;
  failed(address: string): void;
};

type Failures = { count: number; readonly until: Instant };

/** An attempt counts for so long from the first one on. */
const WINDOW_MS = 15 * 60_000;
const MOST_FAILURES = 10;
/** Addresses remembered at once; beyond it the oldest are forgotten, which tokens of 20 characters can afford. */
const MOST_ADDRESSES = 10_000;

/** Whoever has one address of IPv6 has all of its /64. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const groups = address.includes('::') ? [...front, ...zeros, ...back] : front;
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

export function createAttempts(clock: Clock): Attempts {
  const failures = new Map<string, Failures>();
  const current = (network: string): Failures | undefined => {
    const known = failures.get(network);
    if (known === undefined || known.until > clock.now()) return known;
    failures.delete(network);
    return undefined;
  };
  return {
    waitSeconds(address) {
      const known = current(networkOf(address));
      if (known === undefined || known.count < MOST_FAILURES) return 0;
      return Math.ceil((known.until - clock.now()) / 1_000);
    },
    failed(address) {
      const network = networkOf(address);
      const known = current(network);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      const [oldest] = failures.keys();
      if (failures.size >= MOST_ADDRESSES && oldest !== undefined) failures.delete(oldest);
      failures.set(network, { count: 1, until: (clock.now() + WINDOW_MS) as Instant });
    },
  };
}
