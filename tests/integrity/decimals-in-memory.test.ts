import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, minutes } from '@medallion/core';
import { avro, json, materializedView, notNull, pipeline, streamingTable, topic, tumbling } from '@medallion/pipeline';
import { type AnyRow, decimal, int, list, long, type RowSchema, row, string, timestamp } from '@medallion/schema';
import { createMemoryCodecs } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** Money on its way through a whole pipeline: from JSON or Avro, out of lists, calculated with, added up. */

const Order = row('Order', {
  order_id: string(),
  ordered_at: timestamp(),
  items: list(row('Item', { sku: string(), price: decimal(10, 2), quantity: int() })),
});

const NOW = Date.now();

function shop(format: typeof json<typeof Order.$row>) {
  const bronze = streamingTable('bronze').from(topic('orders', { format: format(Order), key: 'order_id' }));
  const silver = streamingTable('silver')
    .from(bronze)
    .expectOrQuarantine('has_time', 'ordered_at', notNull)
    .explode('items', { position: 'line' })
    .expectOrQuarantine('has_price', 'price', notNull)
    .expectOrQuarantine('has_quantity', 'quantity', notNull)
    .derive((c) => ({
      sold_at: c.timestamp((r) => r.ordered_at as Instant),
      amount: c.decimal(12, 2, (r) => (r.price as number) * (r.quantity as number)),
    }))
    .eventTime('sold_at', { watermarkDelay: minutes(5) });
  const gold = materializedView('sales')
    .from(silver)
    .windowedBy(tumbling(minutes(1)))
    .groupBy('sku')
    .aggregate((a) => ({ lines: a.count(), sales: a.sum('amount'), mean: a.avg('amount'), least: a.min('price') }))
    .cumulative({ total_sales: 'sales' });
  return pipeline('shop', { tables: [bronze, silver, gold] });
}

type Item = { readonly sku: string; readonly cents: number; readonly quantity: number };
const item = fc.record({
  sku: fc.constantFrom('a', 'b', 'c'),
  cents: fc.integer({ min: -999_999, max: 999_999 }),
  quantity: fc.integer({ min: 0, max: 999 }),
});
const orders = fc
  .array(fc.array(item, { maxLength: 4 }), { minLength: 1, maxLength: 20 })
  .filter((all) => all.flat().length > 0);

/** The sales of each item in cents, calculated with whole numbers. */
function exactSales(all: readonly (readonly Item[])[]): ReadonlyMap<string, readonly [lines: number, sales: string]> {
  const groups = Map.groupBy(all.flat(), ({ sku }) => sku);
  return new Map(
    [...groups].map(([sku, items]) => {
      const cents = items.reduce((sum, { cents: c, quantity }) => sum + BigInt(c) * BigInt(quantity), 0n);
      return [sku, [items.length, Number(`${cents}e-2`).toFixed(2)]] as const;
    }),
  );
}

async function sold(engine: MemoryEngine, send: () => Promise<void>, lines: number): Promise<readonly AnyRow[]> {
  const running = (['bronze', 'silver', 'gold'] as const).map((layer) => engine.start(layer));
  try {
    await send();
    const rows = () => engine.database.rows('sales');
    // Moved on by the first commit, so that the view exists.
    await soon('gold has begun', () => engine.database.leases.some(({ next }) => next > 0));
    await soon('all lines are counted', () => rows().reduce((sum, r) => sum + Number(r.lines), 0) === lines);
    return rows();
  } finally {
    await engine.stop();
    await Promise.all(running.map((layer) => layer.done));
  }
}

const at = new Date(Math.floor(NOW / 60_000) * 60_000);

function check(rows: readonly AnyRow[], all: readonly (readonly Item[])[]): void {
  assert.deepEqual(new Map(rows.map((r) => [r.sku, [r.lines, Number(r.sales).toFixed(2)]])), exactSales(all));
  for (const r of rows) assert.deepEqual([r.mean, r.total_sales], [Number(r.sales) / Number(r.lines), r.sales]);
}

test('prices in JSON, as numbers or texts, times quantities are added up to the cent (V1, V3, A4)', () =>
  fc.assert(
    fc.asyncProperty(orders, fc.boolean(), async (all, asText) => {
      const engine = new MemoryEngine(shop(json), { orders: 1 });
      const price = (cents: number) => (asText ? (cents / 100).toFixed(2) : cents / 100);
      const values = all.map((items, i) => ({
        ...{ order_id: `o${i}`, ordered_at: at.toISOString() },
        items: items.map(({ sku, cents, quantity }) => ({ sku, price: price(cents), quantity })),
      }));
      check(await sold(engine, () => engine.send('orders', 0, values), all.flat().length), all);
    }),
    { numRuns: 8 },
  ));

test('records of others in Avro take the same way (T1, T2)', async () => {
  const engine = new MemoryEngine(shop(avro), { orders: 1 });
  const all = [
    [{ sku: 'a', cents: 10, quantity: 3 }],
    [
      { sku: 'a', cents: 20, quantity: 1 },
      { sku: 'b', cents: -1, quantity: 7 },
    ],
  ];
  /** Wider than what we declare, and with a column more; then with a type that does not fit. */
  const wide = (price: ReturnType<typeof decimal>): RowSchema =>
    row('Theirs', {
      order_id: string(),
      ordered_at: timestamp(),
      coupon: long(),
      items: list(row('Line', { sku: string(), price, quantity: long() })),
    });
  const send = async () => {
    const codecs = createMemoryCodecs(engine.registry);
    const appender = await engine.log.appender();
    for (const [i, items] of all.entries()) {
      const encoder = await codecs.encoder(`theirs-${i}`, wide(decimal(12, 2 + i)));
      const lines = items.map(({ sku, cents, quantity }) => ({ sku, price: cents / 100, quantity }));
      const value = encoder.encode({ order_id: `o${i}`, ordered_at: at.getTime(), coupon: i, items: lines });
      await appender.append([{ topic: 'orders', partition: 0, records: [{ key: null, value, headers: {} }] }]);
    }
    await appender.close();
  };
  check(await sold(engine, send, 3), all);
  const bronze = engine.plan.tables[0]!;
  assert.ok(bronze.kind === 'streaming_table');
  const rescued = (await engine.rows(bronze.topic, bronze.schema)).map(({ row: r }) => r._rescued_data);
  assert.deepEqual(rescued, ['{"coupon":0}', '{"coupon":1}']);
});
