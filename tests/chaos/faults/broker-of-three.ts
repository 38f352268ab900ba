import { PIPELINE } from '../../support/gold-snapshot.ts';
import { SERVICES } from '../../support/service-process.ts';
import { FLOWS, GOLD_GROUP } from '../../support/topology.ts';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import { coordinatorOf } from '../support/coordinator.ts';
import { movesOn } from '../support/places.ts';
import type { World } from '../support/world.ts';

/** Kafka fences a broker that is silent for 9 s; a service may then need a moment to find the new leaders. */
const LASTS_MS = 20_000;

const allMoveOn = (world: World) => SERVICES.map((service) => movesOn(world, service, 60_000));

/** One of three brokers is gone: every partition has two copies left, and everything goes on. */
export const brokerOfThree: Fault = {
  name: 'broker-of-three',
  does: 'SIGKILL of one of three brokers, started again later',
  needs: { brokers: 3 },
  async begin(world, random) {
    const broker = random.pick(world.brokers);
    await broker.stop({ hard: true });
    return {
      whom: `broker ${broker.id}`,
      sees: allMoveOn(world),
      lastsMs: LASTS_MS,
      end: () => broker.start(),
    };
  },
};

/** A broker leaves in order: the leaders of its partitions are elected among the others before it is gone. */
export const leaderElection: Fault = {
  name: 'leader-election',
  does: 'one of three brokers stopped in order, so that its partitions get other leaders, and started again',
  needs: { brokers: 3 },
  async begin(world, random) {
    const broker = random.pick(world.brokers);
    await broker.stop();
    return { whom: `broker ${broker.id}`, sees: allMoveOn(world), end: () => broker.start() };
  },
};

/** The broker that coordinates a group dies: the group finds another coordinator, and loses no checkpoint. */
export const coordinatorMove: Fault = {
  name: 'coordinator-move',
  does: "SIGKILL of the broker that coordinates a service's group",
  needs: { brokers: 3 },
  async begin(world, random) {
    const group = random.pick([...FLOWS.map((flow) => flow.group), GOLD_GROUP]);
    const addresses = world.brokers.map(({ address }) => address);
    const id = await until(`the coordinator of ${group}`, () => coordinatorOf(addresses, group), { timeoutMs: 30_000 });
    const broker = world.brokers.find((each) => each.id === id)!;
    await broker.stop({ hard: true });
    const left = addresses.filter((address) => address !== broker.address);
    const moved = {
      what: `${group.replace(`${PIPELINE}.`, '')} has another coordinator than broker ${id}`,
      withinMs: 60_000,
      seen: async () => ((await coordinatorOf(left, group)) ?? id) !== id,
    };
    return {
      whom: `broker ${id}, of ${group}`,
      sees: [moved, ...allMoveOn(world)],
      lastsMs: LASTS_MS,
      end: () => broker.start(),
    };
  },
};
