import type { Schedule } from '../log/schedule.ts';
import type { MemoryDatabase } from '../store/memory-database.ts';
import { rest } from './night.ts';
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
  isFilesUp: boolean;
  /** The share of transactions that meet another one. */
  collisions: number;
  /** How often another server took over from one that was ahead of it. */
  failovers: number;
  /** Whether retention has removed what somebody had not read. */
  hasLost: boolean;
};

/** What faults happen to. */
export type FaultWorld = {
  readonly schedule: Schedule;
  readonly cluster: SimCluster;
  readonly services: ReadonlyMap<string, Service>;
  readonly servers: Servers;
  readonly trace: Trace;
  /** No change is under way in the network. */
  readonly isQuiet: () => boolean;
  /** Below this offset nobody reads the partition any more. */
  readonly unneeded: (topic: string, partition: number) => number;
  /** From where the partition's writers rebuild their state: retention must be longer than that takes. */
  readonly stateFrom: (topic: string, partition: number) => number;
  /** Whether each of its readers knows where it is: one that never stored that begins wherever the log does. */
  readonly isKnown: (topic: string, partition: number) => boolean;
};

/** A group is led by nobody for so long when its coordinator moves. */
const COORDINATOR_MS = 500;
/** A broker that is gone is missed after so long; then clients have to ask who leads now. */
const ELECTION_MS = 1_000;
const ELECTED_KNOWN_AFTER_MS = 300;

/** Has the faults of a scenario happen, each at its time. What the network does is the weather's business. */
export function playFaults(faults: readonly Fault[], world: FaultWorld): void {
  for (const fault of faults)
    world.schedule(fault.atMs, () => {
      world.trace.note('FAULT', describeFault(fault).slice(11));
      happen(fault, world);
    });
}

function happen(fault: Fault, world: FaultWorld): void {
  const { schedule, cluster, services, servers, unneeded, trace } = world;
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
      if (fault.isReplaced) schedule(ELECTION_MS, () => replace(fault.broker, world));
      schedule(fault.downMs, () => cluster.startBroker(fault.broker));
      return;
    case 'leader':
      cluster.moveLeader(fault, fault.knownAfterMs);
      return;
    case 'coordinator':
      cluster.moveCoordinator(fault.group);
      schedule(COORDINATOR_MS, () => cluster.group(fault.group).moved());
      return;
    case 'expel':
      for (let time = 0; time < (fault.times ?? 1); time++)
        schedule(time * (fault.everyMs ?? 0), () => cluster.group(fault.group).expel(fault.member));
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
    case 'files':
      servers.isFilesUp = false;
      schedule(fault.downMs, () => {
        servers.isFilesUp = true;
      });
      return;
    case 'failover': {
      // One that was not migrated yet lacks its tables, which says so by itself.
      if (servers.database.leases.length === 0) return;
      const replica = servers.database.clone();
      servers.replicas.add(replica);
      schedule(fault.lostMs, () => {
        trace.note('FAULT', 'the replica takes over');
        servers.database = replica;
        servers.replicas.delete(replica);
        servers.failovers++;
        if (fault.downMs === 0) return;
        servers.isPostgresUp = false;
        schedule(fault.downMs, () => {
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
    case 'compaction':
      cluster.compact();
      return;
    case 'night':
      rest(fault, world);
      return;
    case 'retention':
      cluster.partition(fault)?.truncate(unneeded(fault.topic, fault.partition));
      return;
    case 'loss':
      lose(fault, world);
      return;
    case 'forget':
      cluster.group(fault.group).checkpoints.clear();
      return;
    case 'network':
      return;
  }
}

/** The other brokers take over from one that is still away. */
function replace(broker: number, { cluster, schedule }: FaultWorld): void {
  if (cluster.isUp(broker)) return;
  const groups = cluster.takeOver(broker, ELECTED_KNOWN_AFTER_MS);
  schedule(COORDINATOR_MS, () => {
    for (const group of groups) group.moved();
  });
}

/** Records go that are not read: whoever had them before him must say so, and go no further. */
function lose(fault: Extract<Fault, { kind: 'loss' }>, { cluster, servers, ...world }: FaultWorld): void {
  const log = cluster.partition(fault);
  if (log === undefined || !world.isKnown(fault.topic, fault.partition)) return;
  const kept = fault.andState === true ? log.high : world.stateFrom(fault.topic, fault.partition);
  const low = Math.min(log.high, kept);
  if (world.unneeded(fault.topic, fault.partition) < low) servers.hasLost = true;
  log.truncate(low);
}
