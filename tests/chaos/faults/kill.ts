import type { ServiceName } from '../../support/service-process.ts';
import type { Fault } from '../fault.ts';
import { logged, ready, silent } from '../support/signs.ts';
import { anyOf, nameOf } from '../support/victim.ts';

/** SIGKILL: no last checkpoint, no farewell to the group; whoever looks after processes starts another one. */
export const kill = (service: ServiceName): Fault => ({
  name: `kill-${service}`,
  does: `SIGKILL of an instance of ${service}`,
  async begin({ groups }, random) {
    const group = groups[service];
    const victim = await anyOf(group, random);
    const successor = logged(group, 'joined the group', 60_000);
    await group.kill(victim);
    return { whom: nameOf(victim), sees: [silent(victim), successor, ready(group, group.wanted)], end: async () => {} };
  },
});
