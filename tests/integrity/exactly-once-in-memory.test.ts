import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { instant, milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { type AppendBatch, noProgress, type RunningFlow, runLayer } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import { createGenerator, createPartitioner } from '@medallion/santa-generator';
import {
  createMemoryCodecs,
  createMemoryLog,
  MemoryCluster,
  MemoryDatabase,
  MemoryRegistry,
  MemoryTableStore,
  MemoryTracer,
  seeded,
} from '@medallion/testkit';
import fc from 'fast-check';
import type { RawRecord } from '../oracle/raw-delivery.ts';
import { santaOracle } from '../oracle/santa-oracle.ts';
import { VIEWS } from '../oracle/views.ts';
import { diffTables } from '../support/diff.ts';

/**
 * The whole pipeline on ports in memory, through the code that the services run: appends and commits that get lost or
 * whose replies do, refused checkpoints, instances that come and go. The result is the batch oracle's, row by row.
 */

const RAW = 'santa.deliveries.raw';
const PARTITIONS = 3;
const LAYERS = ['bronze', 'silver', 'gold'] as const;

const settings = {
  fetchWaitMs: 1,
  maxBatchBytes: 16_384,
  sessionTimeoutMs: 1_000,
  tickMs: 5,
  checkpointEveryMs: 5,
  idleTimeoutMs: milliseconds(600_000),
};

type World = {
  readonly cluster: MemoryCluster;
  readonly database: MemoryDatabase;
  readonly registry: MemoryRegistry;
  faults: boolean;
  /** Follows some of the records, or none: nothing else may depend on it. */
  readonly tracer: MemoryTracer | null;
};

type Instance = { readonly layer: (typeof LAYERS)[number]; readonly flow: RunningFlow };

function start(layer: (typeof LAYERS)[number], world: World, random: () => number, owner: string): RunningFlow {
  const fate = () => (!world.faults || random() < 0.85 ? 'answered' : random() < 0.5 ? 'reply_lost' : 'lost');
  return runLayer(layer, {
    plan: santa,
    log: createMemoryLog(world.cluster),
    codecs: createMemoryCodecs(world.registry),
    store: new MemoryTableStore({ database: world.database, fateOfCommit: fate, pause: () => turn(undefined) }),
    owner,
    clock: systemClock,
    logger: silentLog,
    metrics: noMetrics,
    ...(world.tracer === null ? {} : { tracer: world.tracer }),
    progress: () => noProgress,
    report: () => {},
    sleep: async (ms, signal) =>
      void (ms < 10_000 ? await turn(undefined) : await delay(5, undefined, { signal }).catch(() => {})),
    settings,
  });
}

async function play(seed: number): Promise<readonly string[]> {
  const random = seeded(seed);
  const world: World = {
    cluster: null as never,
    database: new MemoryDatabase(),
    registry: new MemoryRegistry(),
    faults: true,
    tracer: seed % 2 === 0 ? null : new MemoryTracer((nth) => nth % 5 === 0),
  };
  const fateOfAppend = (batches: readonly AppendBatch[]) => {
    if (!world.faults || batches.some(({ topic }) => topic === RAW) || random() < 0.85) return 'acknowledged';
    return random() < 0.5 ? 'acknowledgement_lost' : 'lost';
  };
  Object.assign(world, {
    cluster: new MemoryCluster({ fateOfAppend, acceptsCommit: () => !world.faults || random() < 0.7 }),
  });
  world.cluster.createTopic(RAW, PARTITIONS);
  const running: Instance[] = LAYERS.map((layer) => ({
    layer,
    flow: start(layer, world, random, `${layer} 0`),
  }));

  try {
    return await feed(world, running, random, seed);
  } finally {
    world.faults = false;
    await Promise.all(running.map(({ flow }) => flow.stop()));
  }
}

async function feed(world: World, running: Instance[], random: () => number, seed: number): Promise<readonly string[]> {
  const now = Date.now();
  const generator = createGenerator({
    seed,
    start: instant(now - 3_600_000),
    ratePerSecond: 1,
    events: 600,
    quality: 'hostile',
    rates: { future: 0.01 },
  });
  const partitionOf = createPartitioner(PARTITIONS);
  const appender = await createMemoryLog(world.cluster).appender();
  for (let batch = generator.nextBatch(40); batch.length > 0; batch = generator.nextBatch(40)) {
    for (const { key, value } of batch) {
      const record = { key: key === null ? null : Buffer.from(key), value, headers: {} };
      await appender.append([{ topic: RAW, partition: partitionOf(record.key), records: [record] }]);
    }
    // One instance comes or goes: a rebalance in the middle of things.
    const layer = LAYERS[Math.floor(random() * LAYERS.length)]!;
    const same = running.filter((each) => each.layer === layer);
    if (same.length > 1 && random() < 0.6) {
      const gone = same[Math.floor(random() * same.length)]!;
      running.splice(running.indexOf(gone), 1);
      await gone.flow.stop();
    } else if (same.length < 3)
      running.push({ layer, flow: start(layer, world, random, `${layer} ${running.length}`) });
    for (let i = 0; i < random() * 20; i++) await turn(undefined);
  }

  world.faults = false;
  await caughtUp(world);
  return problems(world, now);
}

/** Resolves when every lease is at the end of its topic, and every flow has checkpointed the end of its input. */
async function caughtUp({ cluster, database }: World): Promise<void> {
  const tables = santa.tables.filter((table) => table.kind === 'streaming_table');
  const deadline = Date.now() + 120_000;
  for (;;) {
    const flows = tables.every(({ name, flows: [flow] }) => {
      const { source } = flow!;
      const input =
        source.kind === 'topic'
          ? source.topic
          : tables.find((table) => source.kind === 'table' && table.name === source.table)!.topic;
      const { checkpoints } = cluster.group(`${santa.name}.${name}`);
      const reached = [...checkpoints].reduce((sum, [, { offset }]) => sum + offset, 0);
      return reached === cluster.topic(input)!.reduce((sum, { high }) => sum + high, 0);
    });
    const ends = tables
      .flatMap(({ topic, quarantineTopic }) => [topic, quarantineTopic])
      .map((topic) => cluster.topic(topic));
    const end = ends.flat().reduce((sum, partition) => sum + (partition?.high ?? 0), 0);
    const next = database.leases.reduce((sum, lease) => sum + lease.next, 0);
    if (flows && next === end) return;
    if (Date.now() > deadline) throw new Error(`not caught up: gold at ${next} of ${end}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function problems({ cluster, database }: World, ingestedAt: number): readonly string[] {
  const raw = cluster
    .topic(RAW)!
    .flatMap((log, partition) =>
      log
        .slice(0, log.high, Number.MAX_SAFE_INTEGER)
        .map(({ offset, key, value }): RawRecord => ({ partition, offset, key, value })),
    );
  const expected = santaOracle(raw, { partitions: PARTITIONS, ingestedAt });
  // Final flags move with the last tick of gold, which a stop may precede: they are compared by what is final.
  const bare = (rows: readonly object[]) =>
    rows.map((row) => ({ ...row, is_final: null })) as Record<string, unknown>[];
  const counts = database.counts.filter((count) => count.kind === 'records');
  return [
    ...VIEWS.flatMap(({ name, groupBy }) =>
      diffTables(
        name,
        bare(expected.gold.get(name)!),
        bare(database.rows(name)),
        ['window_start', ...groupBy],
        ['updated_at'],
      ),
    ),
    ...diffTables('counts', expected.counts, counts, ['table', 'partition', 'outcome'], ['kind', 'flow']),
    ...(database.copied('bronze_santa_deliveries').length === expected.bronze.size
      ? []
      : [
          `${database.copied('bronze_santa_deliveries').length} rows in the copy of bronze, not ${expected.bronze.size}`,
        ]),
  ];
}

test('I2 I4 lost appends, lost replies, refused checkpoints and rebalances leave every table as the oracle has it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      assert.deepEqual(await play(seed), []);
    }),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 8), endOnFailure: true },
  );
});
