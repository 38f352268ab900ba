import type { Fault } from '../fault.ts';
import { movesOn } from '../support/places.ts';
import { notReady, ready } from '../support/signs.ts';
import { anyOf, nameOf } from '../support/victim.ts';

const DOWN_MS = 60_000;
const LATE_MS = 2_000;

/**
 * The registry is away for a minute, and a service starts meanwhile: those that run know their schemas and go on, the one
 * that starts waits for it.
 */
export const registryDown: Fault = {
  name: 'registry-down',
  does: 'SIGKILL of the registry, for a minute, while silver-enrich is killed and starts again',
  async begin(world, random) {
    const { registry, groups } = world;
    await registry.stop({ hard: true });
    const silver = groups['silver-enrich'];
    const victim = await anyOf(silver, random);
    await silver.kill(victim);
    return {
      whom: nameOf(victim),
      sees: [
        notReady(silver, ['MED_REGISTRY_UNAVAILABLE']),
        movesOn(world, 'bronze-ingest'),
        ready(groups['bronze-ingest'], groups['bronze-ingest'].wanted),
        ready(groups['gold-aggregate'], groups['gold-aggregate'].wanted),
      ],
      lastsMs: DOWN_MS,
      end: () => registry.start(),
    };
  },
};

/** Every answer of the registry comes late, and a service starts meanwhile: it starts later, and that is all. */
export const registrySlow: Fault = {
  name: 'registry-slow',
  does: `each reply of the registry ${LATE_MS / 1_000} s late, while silver-enrich is killed and starts again`,
  async begin({ doors, groups }, random) {
    doors.registry.late(LATE_MS);
    const silver = groups['silver-enrich'];
    const victim = await anyOf(silver, random);
    await silver.kill(victim);
    return { whom: nameOf(victim), sees: [ready(silver, silver.wanted)], end: async () => doors.registry.late(0) };
  },
};
