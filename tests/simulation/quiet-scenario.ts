import { chanceOf, EPOCH_MS, type Fault, type Scenario, type World } from '@medallion/testkit';
import { santaWorld } from './santa-world.ts';

const LAYERS = ['bronze', 'silver', 'gold'] as const;

/**
 * A run of a pipeline in which nothing happens but these faults: one instance of each layer, and records that come all at
 * once at these times. No files.
 *
 * @param burstsMs when records come, milliseconds since the run began
 */
export function quietScenario(
  burstsMs: readonly number[],
  faults: readonly Fault[],
  world: World = santaWorld,
): Scenario {
  const wanted = { count: 15 * burstsMs.length, partitions: 2, withinMs: 1, epochMs: EPOCH_MS, isIdleSoon: false };
  const records = world.records(chanceOf(1, 'records'), wanted).slice(0, wanted.count);
  return {
    seed: 1,
    world: world.name,
    partitions: 2,
    brokers: 1,
    settings: {
      fetchWaitMs: 1_000,
      maxBatchBytes: 65_536,
      sessionTimeoutMs: 10_000,
      tickMs: 1_000,
      checkpointEveryMs: 1_000,
      idleTimeoutMs: 3_600_000,
    },
    processes: LAYERS.map((layer) => ({ layer, slot: 0, startMs: 0, skewMs: 0 })),
    records: records.map((record, i) => ({ ...record, atMs: burstsMs[Math.floor(i / 15)]! })),
    faults,
    checksMs: [],
  };
}
