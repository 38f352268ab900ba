import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  json,
  materializedView,
  minutes,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import type { LogRecord } from '@medallion/runtime';
import { int, list, long, row, string } from '@medallion/schema';
import { MemoryTracer } from '@medallion/testkit';
import {
  bronze,
  contexts,
  hopsOf,
  mended,
  named,
  outcomes,
  perMinute,
  SAMPLED,
  sale,
  shopWith,
  silver,
  TRACE,
} from '../support/traced-shop.ts';

/** What became of followed records, as their spans say it, on ports in memory. */

test('O4 what became of a record is in its span: rules by name, and nothing that it held', async () => {
  const tracer = new MemoryTracer();
  const { shop } = shopWith(tracer);
  const secret = 'ann@example.com';
  await shop.given(
    'sales',
    [
      sale(secret, { note: '' }),
      sale('b', { amount: -1, at: secret }),
      sale(secret, { note: '' }),
      `{ "sale_id": "${secret}" no json`,
    ],
    { headers: SAMPLED },
  );
  await shop.run();
  const [kept, violated, repeated] = hopsOf(tracer, 'silver_sales', 'shop.bronze_sales');
  assert.deepEqual(kept!.events, [{ name: 'medallion.warned', attributes: { 'medallion.rules': ['has_note'] } }]);
  assert.deepEqual(violated!.events, [
    {
      name: 'medallion.refused',
      attributes: { 'medallion.outcome': 'violation', 'medallion.rules': ['positive_amount', 'valid_time'] },
    },
  ]);
  assert.deepEqual(repeated!.events, [
    { name: 'medallion.refused', attributes: { 'medallion.outcome': 'duplicate', 'medallion.rules': [] } },
  ]);
  assert.deepEqual(outcomes(hopsOf(tracer, 'silver_sales', 'shop.bronze_sales')), [
    'written',
    'violation',
    'duplicate',
  ]);
  assert.deepEqual(outcomes(hopsOf(tracer, 'bronze_sales', 'sales')), ['written', 'written', 'written', 'unparseable']);
  const accepted = outcomes(hopsOf(tracer, 'gold', 'shop.bronze_sales'));
  assert.deepEqual(accepted, ['committed', 'committed', 'committed'], 'rows of bronze, whatever silver made of them');
  // What is in quarantine goes on to gold in the same trace.
  assert.equal(hopsOf(tracer, 'gold', 'shop.silver_sales.quarantine').length, 2);
  for (const span of tracer.spans) {
    assert.doesNotMatch(JSON.stringify(span), /ann@|example/);
    assert.equal(span.error, null, 'a bad record is no failure of the service');
  }
});

test('a late row says for which view, and by how much', async () => {
  const tracer = new MemoryTracer();
  const { shop } = shopWith(tracer);
  await shop.given('sales', [sale('a', { at: '2025-12-24T11:30:00Z' })]);
  await shop.run();
  await shop.given('sales', [sale('b')], { headers: SAMPLED });
  await shop.run();
  const [late] = hopsOf(tracer, 'gold', 'shop.silver_sales');
  assert.deepEqual(late!.events, [
    {
      name: 'medallion.late',
      attributes: { 'medallion.view': 'sales_per_minute', 'medallion.lateness_ms': 29 * 60_000 },
    },
  ]);
  assert.equal(late!.attributes['medallion.outcome'], 'late');
});

test('a round that is split, as the store refuses a row, has a span for each commit, of just the records in it', async () => {
  const tracer = new MemoryTracer();
  const byNote = materializedView('sales_by_note')
    .from(silver)
    .windowedBy(tumbling(minutes(1)))
    .groupBy('note')
    .aggregate((a) => ({ sales: a.count() }));
  const { shop } = shopWith(tracer, pipeline('shop', { tables: [bronze, silver, byNote] }));
  const tooLong = 'x'.repeat(10_000);
  await shop.given('sales', [sale('a'), sale('b'), sale('c', { note: tooLong }), sale('d')], { headers: SAMPLED });
  await shop.run();
  const hops = hopsOf(tracer, 'gold', 'shop.silver_sales');
  const offsetOf = new Map(hops.map((span) => [span.spanId, span.attributes['messaging.kafka.offset']]));
  const commits = named(tracer, 'commit shop').map(({ error, links }) => ({
    error,
    offsets: links.flatMap(({ spanId }) => offsetOf.get(spanId) ?? []),
  }));
  const refused = commits.filter(({ error }) => error === 'RowRefusedError').map(({ offsets }) => offsets.join());
  const made = commits.filter(({ error }) => error === null).flatMap(({ offsets }) => offsets);
  // The first of them with the records of bronze, and without.
  assert.deepEqual([...new Set(refused)], ['0,1,2,3', '2,3', '2']);
  assert.deepEqual(made, [0, 1, 2, 3]);
  const ended = hops.toSorted((x, y) => Number(offsetOf.get(x.spanId)) - Number(offsetOf.get(y.spanId)));
  assert.deepEqual(outcomes(ended), ['committed', 'committed', 'unstorable', 'committed']);
  assert.deepEqual(ended[2]!.events, [
    { name: 'medallion.refused', attributes: { 'medallion.outcome': 'unstorable', 'medallion.rules': [] } },
  ]);
});

test('a record that stops its flow has the code of the error, and those behind it no span until it goes on', async () => {
  const tracer = new MemoryTracer();
  const strict = streamingTable('silver_sales').from(bronze).expectOrFail('positive_amount', 'amount', positive);
  const { shop } = shopWith(tracer, pipeline('shop', { tables: [bronze, strict] }));
  await shop.given('sales', [sale('a'), sale('b', { amount: -1 }), sale('c')], { headers: SAMPLED });
  await assert.rejects(shop.run(), { code: 'MED_EXPECTATION_FAILED' });
  const hops = hopsOf(tracer, 'silver_sales', 'shop.bronze_sales');
  const bad = hops.filter(({ attributes }) => attributes['messaging.kafka.offset'] === 1);
  assert.ok(bad.length > 0);
  for (const { error } of bad) assert.equal(error, 'MED_EXPECTATION_FAILED');
  assert.ok(hops.every(({ attributes }) => attributes['messaging.kafka.offset'] !== 2));
  assert.equal(hops.find(({ attributes }) => attributes['messaging.kafka.offset'] === 0)!.error, null);
});

test('O3 a redriven record has a trace of its own, which links to where it was refused', async () => {
  const tracer = new MemoryTracer();
  const { shop } = shopWith(tracer);
  await shop.given('sales', [sale('a', { amount: -1 })], { headers: SAMPLED });
  await shop.given('sales', [sale('b', { amount: -1 })]);
  await shop.redeclare(pipeline('shop', { tables: [bronze, mended, perMinute(mended)] }));
  await shop.redrive();
  await shop.run();
  const [refused] = hopsOf(tracer, 'silver_sales', 'shop.bronze_sales');
  const again = hopsOf(tracer, 'silver_sales.redrive', 'shop.silver_sales.redrive');
  assert.equal(again.length, 1, 'of what was not followed before nothing is');
  assert.equal(again[0]!.parentId, null);
  assert.notEqual(again[0]!.traceId, TRACE);
  assert.deepEqual(again[0]!.links, [{ traceId: TRACE, spanId: refused!.spanId }]);
  const [gold] = hopsOf(tracer, 'gold', 'shop.silver_sales');
  assert.deepEqual([gold!.traceId, gold!.parentId], [again[0]!.traceId, again[0]!.spanId]);
});

const RawItem = row('RawItem', { sku: string(), n: int() });
const RawOrder = row('RawOrder', { order_id: string(), items: list(RawItem) });
const orders = streamingTable('orders').from(topic('orders', { format: json(RawOrder), key: 'order_id' }));
const lines = streamingTable('lines').from(orders).explode('items').expectOrQuarantine('positive_n', 'n', positive);

test('O2 all rows that a record becomes go on in its span, and it says which of them were refused', async () => {
  const tracer = new MemoryTracer();
  const { shop, records } = shopWith(tracer, pipeline('shop', { tables: [orders, lines] }));
  const item = (sku: string, n: number) => ({ sku, n });
  await shop.given('orders', [{ order_id: '0', items: [item('u', 1)] }]);
  await shop.given('orders', [{ order_id: '1', items: [item('x', 1), item('y', 0), item('z', 2)] }], {
    headers: SAMPLED,
  });
  await shop.given('orders', [{ order_id: '2', items: [item('v', 1)] }]);
  await shop.run();
  const [hop] = hopsOf(tracer, 'lines', 'shop.orders');
  assert.deepEqual(contexts(records('shop.lines')), [null, hop!.spanId, hop!.spanId, null]);
  assert.deepEqual(contexts(records('shop.lines.quarantine')), [hop!.spanId]);
  assert.equal(hop!.attributes['medallion.outcome'], 'written');
  assert.deepEqual(
    hop!.events.map(({ name, attributes }) => [name, attributes['medallion.rules']]),
    [['medallion.refused', ['positive_n']]],
  );
});

const RawAccount = row('RawAccount', { account: string(), version: long(), amount: int() });
const changes = streamingTable('changes').from(topic('accounts', { format: json(RawAccount), key: 'account' }));
const accounts = streamingTable('accounts')
  .from(changes)
  .applyChanges({ keys: ['account'], sequenceBy: 'version', storedAs: 2 });

test('O2 every record of a change of a keyed table goes on, and a change that was known says that there is nothing new', async () => {
  const tracer = new MemoryTracer();
  const { shop, records } = shopWith(tracer, pipeline('bank', { tables: [changes, accounts] }));
  const change = (version: number, amount: number) => ({ account: 'a', version, amount });
  await shop.given('accounts', [change(1, 10), change(9, 90)]);
  await shop.run();
  const before = records('bank.accounts.changelog').length;
  await shop.given('accounts', [change(5, 50), change(9, 90)], { headers: SAMPLED });
  await shop.given('accounts', [change(11, 110)]);
  await shop.run();
  const [split, known] = hopsOf(tracer, 'accounts', 'bank.changes');
  assert.deepEqual(
    [split, known].map((span) => span!.attributes['medallion.outcome']),
    ['written', 'nothing_new'],
  );
  const after = records('bank.accounts.changelog').slice(before);
  const isChange = ({ headers }: LogRecord) => headers['medallion.sequence'] !== undefined;
  // A version that comes in between closes the one before it and opens one of its own.
  assert.deepEqual(contexts(after.filter(isChange)).slice(0, 2), [split!.spanId, split!.spanId]);
  assert.deepEqual(new Set(contexts(after.filter(isChange)).slice(2)), new Set([null]));
  assert.deepEqual(new Set(contexts(after.filter((record) => !isChange(record)))), new Set([null]));
  const gold = hopsOf(tracer, 'gold', 'bank.accounts.changelog');
  assert.deepEqual(
    gold.map(({ parentId }) => parentId),
    [split!.spanId, split!.spanId],
  );
});
