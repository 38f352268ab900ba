import type { ServiceName } from '../../support/service-process.ts';
import type { Fault } from '../fault.ts';
import { logged, ready } from '../support/signs.ts';
import { anyOf, nameOf } from '../support/victim.ts';

/** SIGTERM: what is in hand is finished and checkpointed, the group is left, and the exit code says that it went well. */
export const terminate = (service: ServiceName): Fault => ({
  name: `terminate-${service}`,
  does: `SIGTERM to an instance of ${service}`,
  async begin({ groups }, random) {
    const group = groups[service];
    const victim = await anyOf(group, random);
    const farewell = logged(group, '"ended"');
    const ending = await group.replace(victim);
    return {
      whom: nameOf(victim),
      sees: [farewell, ready(group, group.wanted)],
      end: async () => {},
      holds: () => (ending.code === 0 ? [] : [`${nameOf(victim)} ended with ${JSON.stringify(ending)}`]),
    };
  },
});
