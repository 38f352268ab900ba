import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Layer } from '@medallion/pipeline';
import {
  isoInstant,
  json,
  materializedView,
  minutes,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { runTriggered } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';

/** Layers of a triggered pipeline that are started together, one after the other, or without one another. */

const Sale = row('Sale', { sale_id: string(), at: string() });
const bronze = streamingTable('bronze_sales')
  .from(topic('sales', { format: json(Sale), key: 'sale_id' }))
  .expectOrQuarantine('valid_time', 'at', isoInstant);
const silver = streamingTable('silver_sales')
  .from(bronze)
  .eventTime('at', { watermarkDelay: minutes(600) });
const accounts = streamingTable('accounts')
  .from(silver)
  .applyChanges({ keys: ['sale_id'], sequenceBy: 'at', storedAs: 1 });
const perHour = materializedView('per_hour')
  .from(silver)
  .windowedBy(tumbling(minutes(6_000)))
  .aggregate((a) => ({ sales: a.count() }));
const plan = pipeline('shop', { mode: 'triggered', tables: [bronze, silver, accounts, perHour] });
const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];

const triggered = (engine: MemoryEngine, layer: Layer, patienceMs = 120_000) =>
  engine.start(layer, {}, plan, (which, parts) => runTriggered(which, parts, { patienceMs }));

const send = (engine: MemoryEngine, from: number, count: number) =>
  engine.send(
    'sales',
    0,
    Array.from({ length: count }, (_, n) => ({
      sale_id: `s${from + n}`,
      at: new Date(Date.UTC(2025, 1, 1, 0, 0, from + n)).toISOString(),
    })),
  );
const seen = (engine: MemoryEngine) => [
  engine.database.rows('per_hour')[0]?.sales,
  engine.database.rows('accounts').length,
];

async function together(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(plan, { sales: 1 }, random);
  try {
    let sent = 0;
    for (let run = 0; run < 3; run++) {
      const count = 1 + Math.floor(random() * 40);
      await send(engine, sent, count);
      sent += count;
      const order = LAYERS.toSorted(() => random() - 0.5);
      const running: Promise<void>[] = [];
      for (const layer of order) {
        running.push(triggered(engine, layer).done);
        if (random() < 0.5) await delay(random() * 20);
      }
      await Promise.all(running);
      assert.deepEqual(seen(engine), [sent, sent], `run ${run}, ${order}`);
    }
  } finally {
    await engine.stop();
  }
}

test('F11 layers that are started at about the same time process all that was there, in whatever order they start', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => together(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 10), endOnFailure: true },
  );
});

test('F11 a layer does not wait for one that has finished since it worked last', async () => {
  const engine = new MemoryEngine(plan, { sales: 1 });
  for (let run = 1; run <= 2; run++) {
    await send(engine, run * 10, 10);
    for (const layer of LAYERS) await triggered(engine, layer).done;
    assert.deepEqual(seen(engine), [run * 10, run * 10]);
  }
  await engine.stop();
});

test('F11 a layer that gives no sign of life is not waited for: what is there is processed', async () => {
  const engine = new MemoryEngine(plan, { sales: 1 });
  await send(engine, 0, 5);
  await engine.start('bronze', { until: 'caught up' }).done;
  const started = performance.now();
  await triggered(engine, 'silver', 300).done;
  assert.ok(performance.now() - started >= 300, 'it waited for bronze');
  await triggered(engine, 'gold', 200).done;
  assert.deepEqual(seen(engine), [5, 5]);
  await engine.stop();
});

test('F11 a layer that is told to stop while it waits ends', async () => {
  const engine = new MemoryEngine(plan, { sales: 1 });
  const waiting = triggered(engine, 'gold');
  await delay(20);
  await waiting.stop();
  await waiting.done;
  await engine.stop();
});
