import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '../../support/service-process.ts';
import type { Fault } from '../fault.ts';
import { movesOn } from '../support/places.ts';
import { logged, ready, silent } from '../support/signs.ts';
import { anyOf, nameOf } from '../support/victim.ts';

/** Beyond the session, so that the group has dealt its partitions out again. */
const BEYOND_SESSION_MS = 3_000;
/** So long the zombie has to try what it had in hand. */
const ZOMBIE_MS = 2_000;

/**
 * SIGSTOP beyond the session, then SIGCONT: an instance whose partitions another one has by now goes on as if nothing had
 * happened. Two instances run meanwhile, so that there is another one.
 */
export const pause = (service: ServiceName): Fault => ({
  name: `pause-${service}`,
  does: `SIGSTOP of one of two instances of ${service}, beyond the session, then SIGCONT`,
  async begin(world, random, signal) {
    const group = world.groups[service];
    const usual = group.wanted;
    await group.scale(2);
    const both = ready(group, 2);
    while (!signal.aborted && !(await both.seen())) await delay(100);
    const victim = await anyOf(group, random);
    const successor = logged(group, 'joined the group');
    victim.signal('SIGSTOP');
    return {
      whom: nameOf(victim),
      sees: [silent(victim), successor, movesOn(world, service)],
      lastsMs: world.sessionMs + BEYOND_SESSION_MS,
      async end() {
        victim.signal('SIGCONT');
        await delay(ZOMBIE_MS, undefined, { signal }).catch(() => {});
        await group.scale(usual);
      },
    };
  },
});
