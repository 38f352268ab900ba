import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '../../support/service-process.ts';
import type { Fault, Sign } from '../fault.ts';
import { goldGroupMovesOn, movesOn } from '../support/places.ts';
import { notReady, ready } from '../support/signs.ts';
import { anyOf, nameOf } from '../support/victim.ts';
import type { World } from '../support/world.ts';

/** Beyond the idle timeout of the services here, and beyond every pause in the engine. */
const HOURS = 2;
/** The instance has seen it by then. */
const LOOKS_MS = 1_000;
/** Beyond the session: who sends no sign of life is out by then, and stores nothing any more. */
const LASTS_MS = 20_000;
const PRELOAD = new URL('../support/skewed-clock.ts', import.meta.url);

/** The instance logs lines of another time. */
const loggedAt = (world: World, service: ServiceName, skewMs: number): Sign => ({
  what: `log of ${service}: times ${HOURS} h ${skewMs > 0 ? 'ahead' : 'behind'}`,
  withinMs: 60_000,
  seen: () =>
    world.groups[service].instances.some((instance) =>
      instance.log().some(({ time }) => {
        const ms = typeof time === 'number' ? time : Date.parse(String(time));
        return Math.abs(ms - skewMs - Date.now()) < 600_000;
      }),
    ),
});

/** After a while it still stores how far it is. */
function later(world: World, service: ServiceName): Sign {
  const after = performance.now() + LASTS_MS;
  const sign = service === 'gold-aggregate' ? goldGroupMovesOn(world) : movesOn(world, service);
  return {
    what: `${sign.what}, also after ${LASTS_MS / 1_000} s`,
    withinMs: LASTS_MS + sign.withinMs,
    seen: () => performance.now() > after && sign.seen(),
  };
}

/**
 * The clock of one service jumps while it works. What is late, final or idle is a matter of event time and of how long
 * something took; so everything goes on, and gold stays what the oracle says.
 */
export const clockJump = (service: ServiceName, direction: 'ahead' | 'back'): Fault => ({
  name: `clock-${direction}-${service}`,
  does: `the clock of ${service} jumps ${HOURS} h ${direction} while it works, and back in the end`,
  async begin(world, random, signal) {
    const group = world.groups[service];
    const file = join(world.logFolder, `${service}.clock`);
    const skewMs = (direction === 'ahead' ? 1 : -1) * HOURS * 3_600_000;
    const refusesAhead = direction === 'ahead' && service !== 'gold-aggregate';
    writeFileSync(file, '0');
    group.with({ NODE_OPTIONS: `--import=${PRELOAD}`, CHAOS_CLOCK_FILE: file });
    await group.replace(await anyOf(group, random));
    const victim = await anyOf(group, random);
    const working = ready(group, group.wanted);
    while (!signal.aborted && !(await working.seen())) await delay(100);
    writeFileSync(file, String(skewMs));
    await delay(LOOKS_MS);
    return {
      whom: nameOf(victim),
      sees: [
        loggedAt(world, service, skewMs),
        // Brokers refuse records that are more than an hour ahead of them (message.timestamp.after.max.ms).
        refusesAhead ? notReady(group, ['MED_APPEND_FAILED']) : later(world, service),
      ],
      lastsMs: LASTS_MS,
      async end() {
        writeFileSync(file, '0');
        group.with({ NODE_OPTIONS: '', CHAOS_CLOCK_FILE: '' });
        for (const instance of group.instances) if (instance.running) await group.replace(instance);
      },
    };
  },
});
