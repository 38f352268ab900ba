import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPipeline } from '@medallion/host';
import { graphOf } from '@medallion/pipeline';
import { edgeKey, readersOf } from './readers.ts';

test('a streaming table waits for its flow, a windowed view for the gold service', async () => {
  const plan = await loadPipeline('santa-deliveries');
  const { all, ofTable, ofEdge, ofOwnTopic } = readersOf(plan);
  const silver = 'gold santa-deliveries.silver_santa_deliveries';
  assert.deepEqual(ofTable.get('gold_top_cities'), [silver]);
  assert.deepEqual(ofTable.get('silver_santa_deliveries'), [
    'flow silver_santa_deliveries',
    'flow silver_santa_deliveries.redrive',
  ]);
  assert.deepEqual(ofEdge.get(edgeKey('santa.deliveries.raw', 'bronze_santa_deliveries')), [
    'flow bronze_santa_deliveries',
  ]);
  assert.deepEqual(ofEdge.get(edgeKey('silver_santa_deliveries', 'gold_top_cities')), [silver]);
  assert.equal(ofOwnTopic.get('silver_santa_deliveries'), silver);
  assert.deepEqual(
    all.filter(({ flow }) => flow === null).map(({ topic }) => topic),
    ['bronze', 'silver'].flatMap((layer) =>
      ['', '.quarantine'].map((what) => `santa-deliveries.${layer}_santa_deliveries${what}`),
    ),
  );
});

test('a view waits for the flows that go through it, and each of its edges has its own', async () => {
  const { ofTable, ofEdge } = readersOf(await loadPipeline('orders-streaming'));
  const pending = ofTable.get('pending_orders')!;
  assert.equal(pending.length, 1);
  assert.notDeepEqual(pending, ofTable.get('completed_orders'));
  assert.deepEqual(ofEdge.get(edgeKey('pending_orders', 'filtered_orders_append')), pending);
});

test('a relational view waits for the gold service with every changelog behind it; a gold table with a topic for both', async () => {
  const { ofTable } = readersOf(await loadPipeline('orders-streaming'));
  assert.ok(ofTable.get('fact_orders')!.includes('gold orders-streaming.orders_current.changelog'));
  const both = ofTable.get('append_orders_stream')!;
  assert.ok(both.includes('flow append_orders_stream') && both.includes('gold orders-streaming.append_orders_stream'));
  const sales = readersOf(await loadPipeline('circuit-box')).ofTable;
  assert.ok(sales.get('gold_sales_by_state')!.includes('gold circuit-box.silver_order_items.changelog'));
});

for (const name of ['santa-deliveries', 'orders-streaming', 'medallion-sales', 'lakeflow-customers', 'circuit-box'])
  test(`${name}: every table and every edge with rows is read by somebody, and every reader is known once`, async () => {
    const plan = await loadPipeline(name);
    const { all, ofTable, ofEdge } = readersOf(plan);
    const ids = all.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const table of plan.tables) assert.ok(ofTable.get(table.name)!.length > 0, table.name);
    for (const readers of [...ofTable.values(), ...ofEdge.values()])
      for (const reader of readers) assert.ok(ids.includes(reader), reader);
    for (const { from, to, kind } of graphOf(plan).edges)
      if (kind === 'rows') assert.ok((ofEdge.get(edgeKey(from, to))?.length ?? 0) > 0, `${from} → ${to}`);
  });
