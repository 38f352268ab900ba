import type { Layer } from '@medallion/pipeline';
import { type Chance, chanceOf } from './chance.ts';
import { drawFaults } from './draw-faults.ts';
import { NIGHT_MS, withNight } from './night.ts';
import { EPOCH_MS, endOf, type Scenario, type ScenarioSettings } from './scenario.ts';
import { withSilence } from './silence.ts';
import type { World, WorldSize } from './world.ts';

const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];
const SECOND = 1_000;
const USUAL_SIZE: WorldSize = { lengths: [20, 40, 90], instances: [1, 2, 3] };
const NIGHTS = 0.15;
/** Of databases that fail over: what sends records is often in the same place. */
const SILENCES = 0.8;
/** Of layers: the others have been at work for a while when they are started. */
const LATE_LAYERS = 0.15;

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
  const processes = LAYERS.flatMap((layer) => processesOf(layer, chance, lengthMs, chance.pick(instances)));
  const settings = settingsOf(chance);
  const wanted = {
    ...{ count: chance.whole(20, 90), partitions, withinMs: lengthMs * 0.8, epochMs: EPOCH_MS },
    isIdleSoon: settings.idleTimeoutMs < lengthMs,
  };
  const records = world.records(chanceOf(seed, 'records'), wanted);
  const inputs = {
    records,
    ...(world.files === undefined ? {} : { files: world.files(chanceOf(seed, 'files'), wanted) }),
  };
  const around = { ...inputs, processes, brokers, partitions, lengthMs, world };
  const scenario: Scenario = {
    seed,
    world: world.name,
    partitions,
    brokers,
    // Kafka's own, or none.
    firstRebalanceMs: chance.pick([0, 3 * SECOND, 3 * SECOND]),
    settings,
    processes,
    ...inputs,
    faults: drawFaults(chanceOf(seed, 'faults'), around),
    checksMs: Array.from({ length: chance.whole(2, 6) }, () => chance.between(SECOND, lengthMs * 1.2)).sort(
      (a, b) => a - b,
    ),
  };
  const night = chanceOf(seed, 'night');
  const quieter = silenced(scenario, chanceOf(seed, 'silence'));
  return night.happens(NIGHTS) ? withNight(quieter, night.between(8 * SECOND, lengthMs), NIGHT_MS) : quieter;
}

function processesOf(layer: Layer, chance: Chance, lengthMs: number, count: number): Scenario['processes'] {
  const fromMs = chance.happens(LATE_LAYERS) ? chance.between(5 * SECOND, lengthMs / 2) : 0;
  return Array.from({ length: count }, (_, slot) => ({
    layer,
    slot,
    // All at once, as a deployment starts them, or when there is more to do.
    startMs: fromMs + chance.between(0, slot === 0 || chance.happens(0.6) ? 3 * SECOND : lengthMs),
    skewMs: chance.happens(0.5) ? 0 : Math.round(chance.between(-30 * SECOND, 30 * SECOND)),
  }));
}

/** Mostly nothing comes for a while after a replica took over. */
function silenced(scenario: Scenario, chance: Chance): Scenario {
  const failover = scenario.faults.find(({ kind }) => kind === 'failover');
  if (failover === undefined || !chance.happens(SILENCES)) return scenario;
  const longerMs = Array.from({ length: scenario.partitions }, () => Math.round(chance.between(0, 15 * SECOND)));
  return withSilence(scenario, endOf(failover), Math.round(chance.between(5 * SECOND, 35 * SECOND)), longerMs);
}

const settingsOf = (chance: Chance): ScenarioSettings => ({
  // One poll may be under way while much else changes.
  fetchWaitMs: chance.pick([5_000, 20_000, 20_000]),
  maxBatchBytes: chance.pick([1_000, 4_000, 65_536]),
  sessionTimeoutMs: 10 * SECOND,
  tickMs: chance.pick([500, 2_000, 4_000, 4_000]),
  checkpointEveryMs: chance.pick([500, 2_000, 8_000]),
  // Never, or soon.
  idleTimeoutMs: (chance.happens(0.5) ? 10 : 36_000_000) * SECOND,
});
