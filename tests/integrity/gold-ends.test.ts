import assert from 'node:assert/strict';
import { test } from 'node:test';
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
import { row, string } from '@medallion/schema';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';

/** Layers of several instances that end once they have caught up, whatever their group remembers. */

const Sale = row('Sale', { sale_id: string(), at: string() });
const bronze = streamingTable('bronze_sales')
  .from(topic('sales', { format: json(Sale), key: 'sale_id' }))
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) });
const accounts = streamingTable('accounts')
  .from(bronze)
  .applyChanges({ keys: ['sale_id'], sequenceBy: 'at', storedAs: 2 });
const perHour = materializedView('per_hour')
  .from(bronze)
  .windowedBy(tumbling(minutes(60)))
  .aggregate((a) => ({ sales: a.count() }));
const plan = pipeline('shop', { tables: [bronze, accounts, perHour] });

async function instancesEnd(seed: number): Promise<void> {
  const random = seeded(seed);
  const partitions = 1 + Math.floor(random() * 4);
  const engine = new MemoryEngine(plan, { sales: partitions }, random);
  try {
    for (let n = 0; n < 30; n++) {
      const at = new Date(Date.UTC(2025, 1, 1, 0, n)).toISOString();
      await engine.send('sales', n % partitions, [{ sale_id: `s${n}`, at }]);
    }
    for (const layer of ['bronze', 'silver'] as const) await engine.start(layer, { until: 'caught up' }).done;
    // None of its checkpoints is stored, or some are: Kafka's own offsets are advisory (I5).
    engine.faults = random() < 0.7;
    engine.storedPercent = [0, 0, 20, 70][Math.floor(random() * 4)]!;
    for (let time = 0; time < 2; time++) {
      const count = time === 0 ? 3 : 1 + Math.floor(random() * 3);
      await Promise.all(Array.from({ length: count }, () => engine.start('gold', { until: 'caught up' }).done));
    }
    assert.equal(engine.database.rows('per_hour')[0]?.sales, 30);
    assert.equal(engine.database.rows('accounts').length, 30);
  } finally {
    await engine.stop();
  }
}

test('F7 I5 several instances of the gold layer end when the leases say that all is in Postgres, whatever the group remembers', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => instancesEnd(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 12), endOnFailure: true },
  );
});
