import type { Schedule } from '../log/schedule.ts';
import type { MemoryDatabase } from '../store/memory-database.ts';
import { describeFault, type Fault, nameOf, type Who } from './scenario.ts';
import type { Service } from './service.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { Trace } from './trace.ts';

/** The servers beside the log, as faults change them. */
export type Servers = {
  database: MemoryDatabase;
  /** Those that will take over: they lack what is committed meanwhile. */
  readonly replicas: Set<MemoryDatabase>;
  isPostgresUp: boolean;
  isRegistryUp: boolean;
  /** The share of transactions that meet another one. */
  collisions: number;
  /** How often another server took over from one that was ahead of it. */
  failovers: number;
};

/** What faults happen to. */
export type FaultWorld = {
  readonly schedule: Schedule;
  readonly cluster: SimCluster;
  readonly services: ReadonlyMap<string, Service>;
  readonly servers: Servers;
  readonly trace: Trace;
  /** Below this offset nobody reads the partition any more. */
  readonly unneeded: (topic: string, partition: number) => number;
};

/** A group is led by nobody for so long when its coordinator moves. */
const COORDINATOR_MS = 500;
/** Clients of a database that failed over find the new one after so long. */
const FAILOVER_MS = 1_500;

/** Has the faults of a scenario happen, each at its time. What the network does is the weather's business. */
export function playFaults(faults: readonly Fault[], world: FaultWorld): void {
  for (const fault of faults)
    world.schedule(fault.atMs, () => {
      world.trace.note('FAULT', describeFault(fault).slice(11));
      happen(fault, world);
    });
}

function happen(fault: Fault, { schedule, cluster, services, servers, unneeded, trace }: FaultWorld): void {
  const service = (who: Who): Service | undefined => services.get(nameOf(who));
  switch (fault.kind) {
    case 'kill':
      service(fault.who)?.kill(fault.downMs);
      return;
    case 'stop':
      service(fault.who)?.stop(fault.downMs);
      return;
    case 'stall':
      service(fault.who)?.stall(fault.forMs);
      return;
    case 'clock':
      service(fault.who)?.jump(fault.byMs);
      return;
    case 'broker':
      cluster.stopBroker(fault.broker);
      schedule(fault.downMs, () => cluster.startBroker(fault.broker));
      return;
    case 'coordinator':
      cluster.moveCoordinator(fault.group);
      schedule(COORDINATOR_MS, () => cluster.group(fault.group).moved());
      return;
    case 'expel':
      cluster.group(fault.group).expel(fault.member);
      return;
    case 'postgres':
      servers.isPostgresUp = false;
      schedule(fault.downMs, () => {
        servers.isPostgresUp = true;
      });
      return;
    case 'registry':
      servers.isRegistryUp = false;
      schedule(fault.downMs, () => {
        servers.isRegistryUp = true;
      });
      return;
    case 'failover': {
      const replica = servers.database.clone();
      servers.replicas.add(replica);
      schedule(fault.lostMs, () => {
        trace.note('FAULT', 'the replica takes over');
        servers.database = replica;
        servers.replicas.delete(replica);
        servers.failovers++;
        servers.isPostgresUp = false;
        schedule(FAILOVER_MS, () => {
          servers.isPostgresUp = true;
        });
      });
      return;
    }
    case 'collisions':
      servers.collisions = fault.share;
      schedule(fault.forMs, () => {
        servers.collisions = 0;
      });
      return;
    case 'retention':
      cluster.partition(fault)?.truncate(unneeded(fault.topic, fault.partition));
      return;
    case 'network':
      return;
  }
}
