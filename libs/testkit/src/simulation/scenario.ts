import type { Layer } from '@medallion/pipeline';

/** When every run begins, epoch milliseconds. */
export const EPOCH_MS: number = Date.UTC(2026, 11, 24, 20);

/** A record that the world outside sends. */
export type InputRecord = {
  /** When it is appended to its topic, milliseconds since the run began. */
  readonly atMs: number;
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** What it is, for people. */
  readonly what: string;
};

/** A file that the world outside writes into the folder that pipelines read. */
export type InputFile = {
  /** When it is there, milliseconds since the run began; one of the same path takes the place of the one before. */
  readonly atMs: number;
  /** Below the root. */
  readonly path: string;
  /** Objects, and texts for lines that cannot be read; null: it is removed. */
  readonly rows: readonly (Readonly<Record<string, unknown>> | string)[] | null;
  /** So long it is still being written to, and seen to be. */
  readonly settlesMs: number;
};

/** An instance of a layer: `silver 1` is the second one that runs silver. */
export type Who = { readonly layer: Layer; readonly slot: number };

/** What the network does to some requests of processes while its weather is bad. */
export type Loss =
  /** The request never arrives, and nobody says so. */
  | 'request'
  /** It is served, and the answer never comes. */
  | 'reply'
  /** The connection breaks: the caller hears of it at once, and the request is served or not. */
  | 'cut'
  /** It arrives so late that the caller has given it up. */
  | 'late'
  /** It arrives twice. */
  | 'again';

/** One thing that goes wrong. Times are milliseconds since the run began. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: 'kill' | 'stop'; readonly who: Who; readonly downMs: number }
  | { readonly kind: 'stall'; readonly who: Who; readonly forMs: number }
  | { readonly kind: 'clock'; readonly who: Who; readonly byMs: number }
  | {
      readonly kind: 'network';
      /** Of everybody, when absent. */
      readonly who?: Who;
      readonly to: 'log' | 'postgres' | 'registry' | 'files';
      /** Requests whose description begins so. */
      readonly calls: string;
      readonly loss: Loss;
      /** Of these requests such a share, 0 to 1. */
      readonly share: number;
      readonly forMs: number;
      /** How late `late` and `again` are. */
      readonly delayMs: number;
      /** Each is late in its own measure, at most so, and of some that are late it is the answer; absent: all alike. */
      readonly isUneven?: true;
    }
  | {
      readonly kind: 'broker';
      readonly broker: number;
      readonly downMs: number;
      /** The others take over what it led and coordinated; absent: all wait for it. */
      readonly isReplaced?: true;
    }
  /** Another broker leads the partition; clients hear of it so much later. */
  | { readonly kind: 'leader'; readonly topic: string; readonly partition: number; readonly knownAfterMs: number }
  | { readonly kind: 'coordinator'; readonly group: string }
  | {
      readonly kind: 'expel';
      readonly group: string;
      readonly member: number;
      /** So often, one every `everyMs`, as members are lost whose network flaps; absent: once. */
      readonly times?: number;
      readonly everyMs?: number;
    }
  | { readonly kind: 'postgres' | 'registry' | 'files'; readonly downMs: number }
  /** Another server takes over that lacks what was committed in the last `lostMs`; in between there is none. */
  | { readonly kind: 'failover'; readonly lostMs: number; readonly downMs: number }
  | { readonly kind: 'collisions'; readonly share: number; readonly forMs: number }
  /** All topics that are compacted are, as far as their settings let it be. */
  | { readonly kind: 'compaction' }
  /** Everything is stopped, and started again when it is over; topics are compacted meanwhile. */
  | { readonly kind: 'night'; readonly forMs: number }
  /** Retention removes what nobody needs any more. */
  | { readonly kind: 'retention'; readonly topic: string; readonly partition: number }
  /** It removes all that there is, read or not; but what state is rebuilt from, unless that is to go too. */
  | { readonly kind: 'loss'; readonly topic: string; readonly partition: number; readonly andState?: true }
  /** The group's checkpoints are gone, as Kafka's are of a group that had no members for a week. */
  | { readonly kind: 'forget'; readonly group: string }
);

/** How the services are set. */
export type ScenarioSettings = {
  readonly fetchWaitMs: number;
  readonly maxBatchBytes: number;
  readonly sessionTimeoutMs: number;
  readonly tickMs: number;
  readonly checkpointEveryMs: number;
  readonly idleTimeoutMs: number;
};

/** All that a run is made of: play it again and the same happens; leave something out and the rest stays. */
export type Scenario = {
  readonly seed: number;
  readonly world: string;
  readonly partitions: number;
  readonly brokers: number;
  /** So long a group that was empty waits for more members; absent: not at all. */
  readonly firstRebalanceMs?: number;
  readonly settings: ScenarioSettings;
  /** Each process, when it is started first, and how wrong its clock is. */
  readonly processes: readonly (Who & { readonly startMs: number; readonly skewMs: number })[];
  readonly records: readonly InputRecord[];
  /** Absent: none. */
  readonly files?: readonly InputFile[];
  readonly faults: readonly Fault[];
  /** When the invariants are checked, beside the end. */
  readonly checksMs: readonly number[];
};

/** The name of a process, in traces and leases. */
export const nameOf = ({ layer, slot }: Who): string => `${layer} ${slot}`;

/** When the last fault has passed. */
export const endOf = (fault: Fault): number => {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
    case 'broker':
    case 'postgres':
    case 'registry':
    case 'files':
      return fault.atMs + fault.downMs;
    case 'stall':
    case 'night':
    case 'collisions':
      return fault.atMs + fault.forMs;
    case 'network':
      return fault.atMs + fault.forMs + (fault.loss === 'late' || fault.loss === 'again' ? fault.delayMs : 0);
    case 'expel':
      return fault.atMs + (fault.times ?? 1) * (fault.everyMs ?? 0);
    case 'failover':
      return fault.atMs + fault.lostMs + fault.downMs;
    default:
      return fault.atMs;
  }
};

/** A fault as one line. */
export function describeFault({ atMs, kind, ...rest }: Fault): string {
  const details = Object.entries(rest).map(([name, value]) =>
    name === 'who' ? nameOf(value as unknown as Who) : `${name} ${String(value)}`,
  );
  return `${(atMs / 1_000).toFixed(1).padStart(7)} s  ${kind} ${details.join(', ')}`;
}
