import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import { growTopics } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import { createGenerator, createPartitioner } from '@medallion/santa-generator';
import { createMemoryLogAdmin, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import type { RawRecord } from '../oracle/raw-delivery.ts';
import { santaOracle } from '../oracle/santa-oracle.ts';
import { VIEWS } from '../oracle/views.ts';
import { diffTables } from '../support/diff.ts';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** The flagship on ports in memory, whose source gets more partitions in the middle of its work. */

const RAW = 'santa.deliveries.raw';
const LAYERS = ['bronze', 'silver', 'gold'] as const;
const TABLES = santa.tables.filter((table) => table.kind === 'streaming_table');

async function send(engine: MemoryEngine, generator: ReturnType<typeof createGenerator>, partitions: number) {
  const partitionOf = createPartitioner(partitions);
  const appender = await engine.log.appender();
  for (const { key, value } of generator.nextBatch(200)) {
    const record = { key: key === null ? null : Buffer.from(key), value, headers: {} };
    await appender.append([{ topic: RAW, partition: partitionOf(record.key), records: [record] }]);
  }
  await appender.close();
}

async function caughtUp(engine: MemoryEngine): Promise<void> {
  const inputs = [RAW, ...TABLES.map(({ topic }) => topic)];
  await soon('all is processed', () => {
    const read = TABLES.every(({ name }, i) => engine.checkpointed(name) === engine.size(inputs[i]!));
    const ends = TABLES.flatMap(({ topic, quarantineTopic }) => [topic, quarantineTopic]);
    const leased = engine.database.leases.reduce((sum, { next }) => sum + next, 0);
    return read && leased === ends.reduce((sum, topic) => sum + engine.size(topic), 0);
  });
}

/** What differs from the oracle. */
function problems(engine: MemoryEngine, partitions: number, ingestedAt: number): readonly string[] {
  const raw = engine.cluster
    .topic(RAW)!
    .flatMap((log, partition) =>
      log
        .slice(0, log.high, Number.MAX_SAFE_INTEGER)
        .map(({ offset, key, value }): RawRecord => ({ partition, offset, key, value })),
    );
  const expected = santaOracle(raw, { partitions, ingestedAt });
  const bare = (rows: readonly object[]) =>
    rows.map((row) => ({ ...row, is_final: null })) as Record<string, unknown>[];
  const counts = engine.database.counts.filter(({ kind }) => kind === 'records');
  return [
    ...VIEWS.flatMap(({ name, groupBy }) => {
      const [wanted, actual] = [bare(expected.gold.get(name)!), bare(engine.database.rows(name))];
      return diffTables(name, wanted, actual, ['window_start', ...groupBy], ['updated_at']);
    }),
    ...diffTables('counts', expected.counts, counts, ['table', 'partition', 'outcome'], ['kind', 'flow']),
  ];
}

test('Q1 Q2 a source that gets more partitions, drained or not, leaves every table as the oracle has it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      async (seed, before, more, undrained) => {
        const now = Date.now();
        const engine = new MemoryEngine(santa, { [RAW]: before }, seeded(seed));
        const generator = createGenerator({
          ...{ seed, start: instant(now - 3_600_000), ratePerSecond: 1, events: 400, quality: 'hostile' },
          // What is final at the change is final for the new partitions too; the oracle knows of each partition alone.
          rates: { late: 0, ancient: 0 },
        });
        try {
          const running = LAYERS.map((layer) => engine.start(layer));
          engine.faults = true;
          await send(engine, generator, before);
          engine.faults = false;
          if (!undrained) await caughtUp(engine);
          await Promise.all(running.map((flow) => flow.stop()));
          const after = before + more;
          const parts = { plan: santa, log: engine.log, admin: createMemoryLogAdmin(engine.cluster) };
          await growTopics(parts, RAW, { partitions: after, undrained });
          await send(engine, generator, after);
          for (const layer of LAYERS) engine.start(layer);
          await caughtUp(engine);
          assert.deepEqual(problems(engine, after, now), []);
        } finally {
          await engine.stop();
        }
      },
    ),
    { numRuns: 4, endOnFailure: true, examples: [[-6, 1, 1, false]] },
  );
});

test('Q5 what was final at the change stays so: an older row that comes to a new partition is late', async () => {
  const start = Date.now() - 3_600_000;
  const engine = new MemoryEngine(santa, { [RAW]: 1 }, seeded(1));
  const ratePerSecond = 0.25;
  const generator = createGenerator({ seed: 1, start: instant(start), ratePerSecond, events: 400, quality: 'clean' });
  const first = JSON.parse(generator.nextBatch(1)[0]!.value!.toString()) as { readonly timestamp: string };
  const late = () => engine.database.late.filter(({ view }) => view === 'gold_delivery_summary_realtime').length;
  const rows = () =>
    engine.database
      .rows('gold_delivery_summary_realtime')
      .reduce((sum, row) => sum + Number((row as { events: unknown }).events), 0);
  try {
    const running = LAYERS.map((layer) => engine.start(layer));
    await send(engine, generator, 1);
    await caughtUp(engine);
    await Promise.all(running.map((flow) => flow.stop()));
    assert.equal(late(), 0);
    const before = rows();
    const parts = { plan: santa, log: engine.log, admin: createMemoryLogAdmin(engine.cluster) };
    await growTopics(parts, RAW, { partitions: 2, undrained: false });
    await engine.send(RAW, 1, [{ ...first, event_id: 'another', delivery_id: 'another' }]);
    for (const layer of LAYERS) engine.start(layer);
    await caughtUp(engine);
    assert.deepEqual([late(), rows()], [1, before]);
  } finally {
    await engine.stop();
  }
});
