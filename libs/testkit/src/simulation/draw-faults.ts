import { flowsOf, type Layer, type PipelinePlan } from '@medallion/pipeline';
import { goldTopics, inputOf } from './caught-up.ts';
import type { Chance } from './chance.ts';
import { drawStorm } from './draw-storm.ts';
import { NIGHT_MS } from './night.ts';
import type { Fault, Scenario, Who } from './scenario.ts';
import type { World } from './world.ts';

/** What faults happen to, and what comes meanwhile. */
export type Surroundings = Pick<Scenario, 'processes' | 'brokers' | 'partitions' | 'records' | 'files'> & {
  /** Until then they begin. */
  readonly lengthMs: number;
  readonly world: World;
};

type Arrival = { readonly atMs: number; readonly partition?: number };

const SECOND = 1_000;

/** So often each kind of fault is drawn, relative to the others. */
const WEIGHTS: Readonly<Record<Fault['kind'], number>> = {
  kill: 4,
  stall: 4,
  stop: 2,
  network: 8,
  expel: 4,
  coordinator: 1,
  compaction: 1,
  night: 0, // it is drawn by itself
  broker: 2,
  leader: 3,
  postgres: 1,
  failover: 3,
  collisions: 1,
  registry: 1,
  files: 1,
  clock: 1,
  retention: 1,
  loss: 1,
  forget: 1,
};
const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
  Array<Fault['kind']>(weight).fill(kind as Fault['kind']),
);

/** One to eight things that go wrong, some of which bring others with them, in the order in which they begin. */
export function drawFaults(chance: Chance, around: Surroundings): readonly Fault[] {
  const faults = Array.from({ length: chance.whole(1, 8) }, () => happening(chance, around)).flat();
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function happening(chance: Chance, around: Surroundings): readonly Fault[] {
  const kinds = around.world.files === undefined ? KINDS.filter((each) => each !== 'files') : KINDS;
  const kind = chance.pick(kinds);
  return kind === 'loss' ? lossOf(chance, around) : [faultOf(kind, chance, around)];
}

function faultOf(kind: Exclude<Fault['kind'], 'loss'>, chance: Chance, around: Surroundings): Fault {
  const { processes, brokers, partitions, world } = around;
  const { plan } = world;
  const some = chance.pick(processes);
  const who: Who = { layer: some.layer, slot: some.slot };
  // What an instance leaves undone as it joins is what others wait for.
  const atMs = momentOf(chance, around, some.startMs, kind === 'kill' || kind === 'stall' ? 0.4 : 0.25);
  const ms = (low: number, high: number): number => between(chance, low, high);
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
      return {
        ...{ atMs, kind, ...(chance.happens(0.5) ? { who } : {}) },
        ...drawStorm(chance, world.files !== undefined),
      };
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
      return { atMs, kind, group: chance.pick(groupsOf(plan)).group };
    case 'expel':
      return expelOf(chance, around, atMs);
    case 'compaction':
      return { atMs, kind };
    case 'files':
    case 'postgres':
    case 'registry':
      return { atMs, kind, downMs: ms(0.2, 20) };
    case 'failover':
      return {
        // What comes now is committed soon, and lost.
        atMs: chance.happens(0.8) ? Math.max(0, Math.round(chance.pick(arrivals(around)).atMs - ms(0, 1))) : atMs,
        ...{ kind, lostMs: chance.happens(0.5) ? ms(1, 4) : ms(0.2, 15) },
        downMs: chance.happens(0.5) ? 0 : ms(0.1, 5),
      };
    case 'collisions':
      return { atMs, kind, share: chance.between(0.2, 0.9), forMs: ms(1, 10) };
    case 'forget':
      // Of gold: its leases know where it is. Others begin anew, which needs all that there was.
      return { atMs, kind, group: `${plan.name}.gold` };
    case 'night':
      return { atMs, kind, forMs: NIGHT_MS };
    case 'retention':
      return { atMs, kind, topic: chance.pick(topicsOf(plan)), partition: chance.whole(0, partitions - 1) };
  }
}

/** A member is lost; or one after the other is, so that a partition is handed on around something that comes, and back. */
function expelOf(chance: Chance, around: Surroundings, atMs: number): Fault {
  const { plan } = around.world;
  const isShared = (layer: Layer): boolean => around.processes.filter((each) => each.layer === layer).length > 1;
  const shared = groupsOf(plan).filter(({ layer }) => isShared(layer));
  const { group } = chance.pick(shared.length === 0 || chance.happens(0.2) ? groupsOf(plan) : shared);
  const member = chance.whole(0, 2);
  if (chance.happens(0.3)) return { atMs, kind: 'expel', group, member };
  const fromMs = Math.max(0, Math.round(chance.pick(arrivals(around)).atMs - between(chance, 0.5, 5)));
  const often = { times: chance.whole(2, 4), everyMs: between(chance, 5, 12) };
  return { atMs: fromMs, kind: 'expel', group, member: chance.happens(0.7) ? 0 : member, ...often };
}

/** Something comes while all who would read it in one layer are away, and is gone when they are back. */
function lossOf(chance: Chance, around: Surroundings): readonly Fault[] {
  const topic = chance.pick(topicsOf(around.world.plan));
  const layer = chance.pick(readersOf(around.world.plan, topic));
  const kind = chance.pick(['kill', 'stop', 'stall'] as const);
  const { atMs: comesMs, partition = chance.whole(0, around.partitions - 1) } = chance.pick(arrivals(around));
  const goneMs = Math.max(0, comesMs - between(chance, 0.2, 3));
  const atMs = comesMs + between(chance, 0.5, 6);
  const awayMs = atMs - goneMs + between(chance, 0.2, 5);
  const away = around.processes
    .filter((each) => each.layer === layer)
    .map(({ slot }): Fault => {
      const fault = { atMs: Math.round(goneMs), who: { layer, slot } };
      return kind === 'stall'
        ? { ...fault, kind, forMs: Math.round(awayMs) }
        : { ...fault, kind, downMs: Math.round(awayMs) };
    });
  return [...away, { atMs: Math.round(atMs), kind: 'loss', topic, partition }];
}

/** When a fault happens: at any time, around the time at which something comes, or, of a share, as an instance joins the others. */
function momentOf(chance: Chance, around: Surroundings, startMs: number, joining: number): number {
  const kind = chance.next();
  const atMs =
    kind < joining
      ? startMs + chance.between(0, 4 * SECOND)
      : kind < joining + 0.3
        ? chance.pick(arrivals(around)).atMs + chance.between(-2 * SECOND, 2 * SECOND)
        : chance.between(SECOND, around.lengthMs);
  return Math.round(Math.max(0, atMs));
}

/** What comes from outside; a file in no partition yet. */
const arrivals = ({ records, files = [] }: Surroundings): readonly Arrival[] => [...records, ...files];

/** So many milliseconds between two numbers of seconds. */
const between = (chance: Chance, low: number, high: number): number =>
  Math.round(chance.between(low * SECOND, high * SECOND));

const groupsOf = (plan: PipelinePlan): readonly { readonly group: string; readonly layer: Layer }[] => [
  ...plan.tables.flatMap((table) =>
    flowsOf(table).map((flow) => ({ group: `${plan.name}.${flow.name}`, layer: table.layer })),
  ),
  { group: `${plan.name}.gold`, layer: 'gold' },
];

const topicsOf = (plan: PipelinePlan): readonly string[] =>
  plan.tables.flatMap((table) => (table.kind === 'streaming_table' ? [table.topic] : []));

/** The layers that read a topic of the pipeline. */
function readersOf(plan: PipelinePlan, topic: string): readonly Layer[] {
  const reading = plan.tables.filter((table) => flowsOf(table).some((flow) => inputOf(plan, flow) === topic));
  const layers = new Set(reading.map(({ layer }) => layer));
  return [...(goldTopics(plan).includes(topic) ? layers.add('gold') : layers)];
}

/** Topics that records of the pipeline are in. */
const ledTopics = ({ inputs, plan }: World): readonly string[] => [...inputs, ...goldTopics(plan)];
