import type { Random } from '../../support/random.ts';
import type { ServiceGroup } from '../../support/service-group.ts';
import type { ServiceProcess } from '../../support/service-process.ts';
import { until } from '../../support/until.ts';

/** An instance of a service that runs; waits for one where all have just ended. */
export const anyOf = (group: ServiceGroup, random: Random): Promise<ServiceProcess> =>
  until(
    `an instance of ${group.name} to hit`,
    () => {
      const running = group.instances.filter((instance) => instance.running);
      return running.length === 0 ? null : random.pick(running);
    },
    { timeoutMs: 120_000, everyMs: 100, giveUp: () => group.assertAlive() },
  );

/** As it is named in what is printed. */
export const nameOf = (instance: ServiceProcess): string => `${instance.name}, process ${instance.pid}`;
