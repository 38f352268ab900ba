import { flowsOf, type Layer, type PipelinePlan } from '@medallion/pipeline';
import { goldTopics } from './caught-up.ts';
import { type Chance, chanceOf } from './chance.ts';
import { withNight } from './night.ts';
import {
  EPOCH_MS,
  type Fault,
  type InputRecord,
  type Loss,
  type Scenario,
  type ScenarioSettings,
  type Who,
} from './scenario.ts';
import type { World, WorldSize } from './world.ts';

const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];
const SECOND = 1_000;
const USUAL_SIZE: WorldSize = { lengths: [20, 40, 90], instances: [1, 2, 3] };
/** Longer than the day for which changelogs are left alone. */
const NIGHT_MS = 26 * 3_600 * SECOND;
const NIGHTS = 0.15;

/**
 * The scenario of a seed: everything that is chance in it is decided here, or by streams of the same seed.
 *
 * @example const scenario = drawScenario(4711, santaWorld)
 */
export function drawScenario(seed: number, world: World): Scenario {
  const chance = chanceOf(seed, 'scenario');
  const partitions = chance.whole(1, 3);
  const brokers = chance.whole(1, 3);
  const { lengths, instances } = world.size ?? USUAL_SIZE;
  const lengthMs = chance.pick(lengths) * SECOND;
  const processes = LAYERS.flatMap((layer) =>
    Array.from({ length: chance.pick(instances) }, (_, slot) => ({
      layer,
      slot,
      // All at once, as a deployment starts them, or when there is more to do.
      startMs: chance.between(0, slot === 0 || chance.happens(0.5) ? 3 * SECOND : lengthMs),
      skewMs: chance.happens(0.5) ? 0 : Math.round(chance.between(-30 * SECOND, 30 * SECOND)),
    })),
  );
  const settings = settingsOf(chance);
  const wanted = {
    ...{ count: chance.whole(20, 90), partitions, withinMs: lengthMs * 0.8, epochMs: EPOCH_MS },
    isIdleSoon: settings.idleTimeoutMs < lengthMs,
  };
  const records = world.records(chanceOf(seed, 'records'), wanted);
  const scenario: Scenario = {
    seed,
    world: world.name,
    partitions,
    brokers,
    // Kafka's own, or none.
    firstRebalanceMs: chance.pick([0, 3 * SECOND]),
    settings,
    processes,
    records,
    ...(world.files === undefined ? {} : { files: world.files(chanceOf(seed, 'files'), wanted) }),
    faults: faultsOf(chanceOf(seed, 'faults'), { processes, brokers, partitions, lengthMs, records, world }),
    checksMs: Array.from({ length: chance.whole(2, 6) }, () => chance.between(SECOND, lengthMs * 1.2)).sort(
      (a, b) => a - b,
    ),
  };
  const night = chanceOf(seed, 'night');
  return night.happens(NIGHTS) ? withNight(scenario, night.between(8 * SECOND, lengthMs), NIGHT_MS) : scenario;
}

const settingsOf = (chance: Chance): ScenarioSettings => ({
  fetchWaitMs: 5_000,
  maxBatchBytes: chance.pick([1_000, 4_000, 65_536]),
  sessionTimeoutMs: 10 * SECOND,
  tickMs: chance.pick([500, 2_000, 4_000]),
  checkpointEveryMs: chance.pick([500, 2_000, 8_000]),
  // Never, or soon.
  idleTimeoutMs: (chance.happens(0.4) ? 10 : 36_000_000) * SECOND,
});

type Surroundings = {
  readonly processes: readonly Who[];
  readonly brokers: number;
  readonly partitions: number;
  readonly lengthMs: number;
  readonly records: readonly InputRecord[];
  readonly world: World;
};

/** So often each kind of fault is drawn, relative to the others. */
const WEIGHTS: Readonly<Record<Fault['kind'], number>> = {
  kill: 4,
  stall: 4,
  stop: 2,
  network: 8,
  expel: 3,
  coordinator: 1,
  compaction: 1,
  night: 0, // it is drawn by itself
  broker: 2,
  leader: 3,
  postgres: 1,
  failover: 1,
  collisions: 1,
  registry: 1,
  files: 1,
  clock: 1,
  retention: 1,
  loss: 2,
  forget: 1,
};
const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
  Array<Fault['kind']>(weight).fill(kind as Fault['kind']),
);

function faultsOf(chance: Chance, around: Surroundings): readonly Fault[] {
  const faults = Array.from({ length: chance.whole(1, 8) }, () => faultOf(chance, around));
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function faultOf(chance: Chance, around: Surroundings): Fault {
  const { processes, brokers, partitions, world } = around;
  const { plan } = world;
  const hasFiles = world.files !== undefined;
  const kind = chance.pick(hasFiles ? KINDS : KINDS.filter((each) => each !== 'files'));
  const atMs = momentOf(chance, around);
  const some = chance.pick(processes);
  const who: Who = { layer: some.layer, slot: some.slot };
  const ms = (low: number, high: number): number => Math.round(chance.between(low * SECOND, high * SECOND));
  switch (kind) {
    case 'kill':
    case 'stop':
      return { atMs, kind, who, downMs: ms(0.1, 20) };
    case 'stall':
      // Shorter or longer than the session's timeout: it comes back as a member, or as a zombie.
      return { atMs, kind, who, forMs: chance.happens(0.3) ? ms(0.2, 8) : ms(11, 45) };
    case 'clock':
      return { atMs, kind, who, byMs: Math.round(chance.between(-600, 600)) * SECOND };
    case 'network':
      return { atMs, kind, ...(chance.happens(0.5) ? { who } : {}), ...weatherOf(chance, hasFiles) };
    case 'broker':
      return {
        ...{ atMs, kind, broker: chance.whole(0, brokers - 1), downMs: ms(0.2, 15) },
        ...(brokers > 1 && chance.happens(0.5) ? { isReplaced: true } : {}),
      };
    case 'leader':
      return {
        ...{ atMs, kind, topic: chance.pick(ledTopics(world)), partition: chance.whole(0, partitions - 1) },
        knownAfterMs: ms(0, chance.happens(0.7) ? 1 : 10),
      };
    case 'coordinator':
      return { atMs, kind, group: chance.pick(groupsOf(plan)) };
    case 'expel':
      return { atMs, kind, group: chance.pick(groupsOf(plan)), member: chance.whole(0, 2) };
    case 'compaction':
      return { atMs, kind };
    case 'files':
    case 'postgres':
    case 'registry':
      return { atMs, kind, downMs: ms(0.2, 20) };
    case 'failover':
      return { atMs, kind, lostMs: ms(0.2, 15), downMs: chance.happens(0.5) ? 0 : ms(0.1, 5) };
    case 'collisions':
      return { atMs, kind, share: chance.between(0.2, 0.9), forMs: ms(1, 10) };
    case 'forget':
      // Of gold: its leases know where it is. Others begin anew, which needs all that there was.
      return { atMs, kind, group: `${plan.name}.gold` };
    case 'night':
      return { atMs, kind, forMs: NIGHT_MS };
    case 'retention':
    case 'loss':
      return { atMs, kind, topic: chance.pick(topicsOf(plan)), partition: chance.whole(0, partitions - 1) };
  }
}

/** When a fault happens: at any time, around the time at which something comes, or while all are just starting. */
function momentOf(chance: Chance, { lengthMs, records }: Surroundings): number {
  const kind = chance.next();
  const atMs =
    kind < 0.5
      ? chance.between(SECOND, lengthMs)
      : kind < 0.8
        ? chance.pick(records).atMs + chance.between(-2 * SECOND, 2 * SECOND)
        : chance.between(0.2 * SECOND, 6 * SECOND);
  return Math.round(Math.max(0, atMs));
}

const LOSSES: readonly Loss[] = ['request', 'reply', 'cut', 'cut', 'late', 'late', 'again'];
const TO = ['log', 'log', 'postgres', 'registry'] as const;
const TO_WITH_FILES = [...TO, 'files'] as const;
const CALLS = ['append', 'append', 'append', 'checkpoint', 'checkpoint', 'checkpoint', 'fetch', 'heartbeat', ''];

function weatherOf(
  chance: Chance,
  hasFiles: boolean,
): Pick<Extract<Fault, { kind: 'network' }>, 'to' | 'calls' | 'loss' | 'share' | 'forMs' | 'delayMs'> {
  const to = chance.pick(hasFiles ? TO_WITH_FILES : TO);
  return {
    to,
    calls: to === 'log' ? chance.pick(CALLS) : to === 'postgres' && chance.happens(0.7) ? 'commit' : '',
    loss: chance.pick(LOSSES),
    share: chance.pick([0.1, 0.3, 1]),
    forMs: Math.round(chance.between(0.2, 20) * SECOND),
    delayMs: Math.round(chance.pick([chance.between(0.1, 10), chance.between(30, 180)]) * SECOND),
  };
}

const groupsOf = (plan: PipelinePlan): readonly string[] => [
  ...plan.tables.flatMap(flowsOf).map((flow) => `${plan.name}.${flow.name}`),
  `${plan.name}.gold`,
];

const topicsOf = (plan: PipelinePlan): readonly string[] =>
  plan.tables.flatMap((table) => (table.kind === 'streaming_table' ? [table.topic] : []));

/** Topics that records of the pipeline are in. */
const ledTopics = ({ inputs, plan }: World): readonly string[] => [...inputs, ...goldTopics(plan)];
