import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isoInstant,
  json,
  materializedView,
  minutes,
  nonEmpty,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { contextOf, type LogRecord } from '@medallion/runtime';
import { int, list, long, row, string } from '@medallion/schema';
import { MemoryCluster, MemoryTracer, type SeenSpan, testPipeline } from '@medallion/testkit';
import fc from 'fast-check';

/** The way of followed records through all three layers, on ports in memory, by the code that the services run. */

const NOON = Date.parse('2025-12-24T12:00:00Z');
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PRODUCER = 'b7ad6b7169203331';
const SAMPLED = { traceparent: `00-${TRACE}-${PRODUCER}-01` };
const NOT_SAMPLED = { traceparent: `00-${TRACE}-${PRODUCER}-00` };

const RawSale = row('RawSale', { sale_id: string(), at: string(), amount: int(), note: string() });
const bronze = streamingTable('bronze_sales').from(topic('sales', { format: json(RawSale), key: 'sale_id' }));
const silver = streamingTable('silver_sales')
  .from(bronze)
  .expect('has_note', 'note', nonEmpty)
  .expectOrQuarantine('positive_amount', 'amount', positive)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });
const mended = streamingTable('silver_sales')
  .from(bronze)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .dedupe({ by: 'sale_id', within: minutes(10) });
const perMinute = (source: typeof silver | typeof mended) =>
  materializedView('sales_per_minute')
    .from(source)
    .windowedBy(tumbling(minutes(1)))
    .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
const shopPlan = pipeline('shop', { tables: [bronze, silver, perMinute(silver)] });

const sale = (sale_id: string, over: object = {}) => ({
  ...{ sale_id, at: '2025-12-24T11:00:00Z', amount: 1, note: 'n' },
  ...over,
});

/** A pipeline with a tracer, and what its topics hold. */
function shopWith(tracer: MemoryTracer | null, plan = shopPlan) {
  const cluster = new MemoryCluster({ now: () => NOON });
  const shop = testPipeline(plan, { cluster, partitions: 1, ...(tracer === null ? {} : { tracer }) });
  const records = (name: string): readonly LogRecord[] =>
    cluster.topic(name)?.flatMap((log) => [...log.slice(log.low, log.high, Number.MAX_SAFE_INTEGER)]) ?? [];
  return { shop, records };
}

const named = (tracer: MemoryTracer, name: string): readonly SeenSpan[] =>
  tracer.spans.filter((span) => span.name === name);
/** The spans of a flow: gold reads the topics of tables too, those of bronze included. */
const hopsOf = (tracer: MemoryTracer, flow: string, from: string): readonly SeenSpan[] =>
  named(tracer, `process ${from}`).filter(({ attributes }) => attributes['medallion.flow'] === flow);
const outcomes = (spans: readonly SeenSpan[]) => spans.map(({ attributes }) => attributes['medallion.outcome']);
const contexts = (records: readonly LogRecord[]) => records.map((record) => contextOf(record)?.spanId ?? null);

test('O2 one event sent with a traceparent has a span in each layer, each the child of the one before', async () => {
  const tracer = new MemoryTracer();
  const { shop, records } = shopWith(tracer);
  await shop.given('sales', [sale('a')], { headers: SAMPLED });
  await shop.run();
  const [bronzeHop] = hopsOf(tracer, 'bronze_sales', 'sales');
  const [silverHop] = hopsOf(tracer, 'silver_sales', 'shop.bronze_sales');
  const [goldHop] = hopsOf(tracer, 'gold', 'shop.silver_sales');
  const way = [bronzeHop, silverHop, goldHop].map((span) => [span?.traceId, span?.parentId]);
  assert.deepEqual(way, [
    [TRACE, PRODUCER],
    [TRACE, bronzeHop!.spanId],
    [TRACE, silverHop!.spanId],
  ]);
  assert.deepEqual(contexts(records('shop.bronze_sales')), [bronzeHop!.spanId]);
  assert.deepEqual(contexts(records('shop.silver_sales')), [silverHop!.spanId]);
  assert.deepEqual(goldHop!.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'shop.silver_sales',
    'messaging.destination.partition.id': '0',
    'messaging.kafka.offset': 0,
    'messaging.consumer.group.name': 'shop.gold',
    'medallion.pipeline': 'shop',
    'medallion.table': 'silver_sales',
    'medallion.flow': 'gold',
    'medallion.outcome': 'committed',
  });
  assert.deepEqual(outcomes(hopsOf(tracer, 'silver_sales', 'shop.bronze_sales')), ['written']);
});

test('a commit has a span of its own that links to the followed records in it, and they to it', async () => {
  const tracer = new MemoryTracer();
  const { shop } = shopWith(tracer);
  await shop.given('sales', [sale('a'), sale('b')], { headers: SAMPLED });
  await shop.given('sales', [sale('c')]);
  await shop.run();
  const commits = named(tracer, 'commit shop');
  const rows = hopsOf(tracer, 'gold', 'shop.silver_sales');
  const linked = commits.flatMap(({ links }) => links.map(({ spanId }) => spanId)).sort();
  const gold = [...hopsOf(tracer, 'gold', 'shop.bronze_sales'), ...rows];
  assert.deepEqual(linked, gold.map(({ spanId }) => spanId).sort());
  assert.equal(rows.length, 2);
  for (const { links } of rows) assert.ok(commits.some(({ spanId }) => spanId === links[0]?.spanId));
  for (const commit of commits) {
    assert.equal(commit.parentId, null);
    assert.deepEqual([commit.kind, commit.attributes['db.system.name']], ['client', 'postgresql']);
    assert.equal(commit.attributes['medallion.outcome'], 'committed');
  }
});

test('O2 records that nobody follows have neither span nor header, whatever they came with', async () => {
  const tracer = new MemoryTracer();
  const { shop, records } = shopWith(tracer);
  const wrong = [SAMPLED.traceparent.toUpperCase(), `${SAMPLED.traceparent}-x`, 'x'.repeat(10_000), '', '00'];
  await shop.given('sales', [sale('a')]);
  await shop.given('sales', [sale('b')], { headers: NOT_SAMPLED });
  for (const [i, traceparent] of wrong.entries())
    await shop.given('sales', [sale(`w${i}`)], { headers: { traceparent } });
  await shop.run();
  assert.deepEqual(tracer.spans, []);
  for (const name of ['shop.bronze_sales', 'shop.silver_sales']) {
    assert.equal(records(name).length, 7);
    for (const { headers } of records(name)) assert.deepEqual(Object.keys(headers), ['src']);
  }
});

test('O2 without a tracer not even a sampled traceparent goes further', async () => {
  const { shop, records } = shopWith(null);
  await shop.given('sales', [sale('a')], { headers: SAMPLED });
  await shop.run();
  assert.deepEqual(contexts(records('shop.bronze_sales')), [null]);
});

test('O3 only the first hop begins to follow records, and the hops after it follow just these', async () => {
  const tracer = new MemoryTracer((nth) => nth % 2 === 1);
  const { shop, records } = shopWith(tracer);
  const ids = ['a', 'b', 'c', 'd'];
  await shop.given(
    'sales',
    ids.map((id) => sale(id)),
  );
  await shop.run();
  const begun = hopsOf(tracer, 'bronze_sales', 'sales');
  assert.deepEqual(
    begun.map(({ parentId, attributes }) => [parentId, attributes['messaging.kafka.offset']]),
    [
      [null, 1],
      [null, 3],
    ],
  );
  assert.deepEqual(contexts(records('shop.bronze_sales')), [null, begun[0]!.spanId, null, begun[1]!.spanId]);
  const traces = (spans: readonly SeenSpan[]) => spans.map(({ traceId }) => traceId);
  assert.deepEqual(traces(hopsOf(tracer, 'silver_sales', 'shop.bronze_sales')), traces(begun));
  assert.deepEqual(traces(hopsOf(tracer, 'gold', 'shop.silver_sales')), traces(begun));
});

test('O2 a malformed traceparent is as none: the record may be followed in a trace that begins here', async () => {
  const tracer = new MemoryTracer(() => true);
  const { shop } = shopWith(tracer);
  await shop.given('sales', [sale('a')], { headers: { traceparent: `${SAMPLED.traceparent} ` } });
  await shop.given('sales', [sale('b')], { headers: NOT_SAMPLED });
  await shop.run();
  const begun = hopsOf(tracer, 'bronze_sales', 'sales');
  assert.equal(begun.length, 1, 'one that its producer does not follow is not begun either');
  assert.equal(begun[0]!.parentId, null);
  assert.notEqual(begun[0]!.traceId, TRACE);
});

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

test('O1 what is in tables and quarantine is the same whatever is followed, and whatever came as traceparent', async () => {
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const wellFormed = fc.tuple(hex(32), hex(16), hex(2)).map((parts) => `00-${parts.join('-')}`);
  const header = fc.oneof(fc.constant(undefined), wellFormed, fc.string({ unit: 'binary', maxLength: 80 }));
  const sales = fc.array(
    fc.record({
      id: fc.integer({ min: 0, max: 9 }),
      amount: fc.integer({ min: -1, max: 3 }),
      minute: fc.integer({ min: 0, max: 59 }),
      traceparent: header,
    }),
    { maxLength: 15 },
  );
  type Sale = { readonly id: number; readonly amount: number; readonly minute: number; readonly traceparent?: string };
  const outcome = async (given: readonly Sale[], tracer: MemoryTracer | null) => {
    const { shop } = shopWith(tracer);
    for (const { id, amount, minute, traceparent } of given) {
      const at = `2025-12-24T11:${String(minute).padStart(2, '0')}:00Z`;
      await shop.given(
        'sales',
        [sale(`s${id}`, { amount, at })],
        traceparent === undefined ? {} : { headers: { traceparent } },
      );
    }
    await shop.run();
    return {
      silver: await shop.rows(silver),
      gold: await shop.rows('sales_per_minute'),
      late: (await shop.late('sales_per_minute')).length,
      refused: (await shop.quarantine(silver)).map(({ outcome: why, offset }) => [why, offset]),
    };
  };
  await fc.assert(
    fc.asyncProperty(sales, fc.nat({ max: 3 }), async (given, each) => {
      const cleaned = given.map(({ traceparent, ...of }) => (traceparent === undefined ? of : { ...of, traceparent }));
      const followed = await outcome(cleaned, new MemoryTracer((nth) => nth % (each + 1) === 0));
      assert.deepEqual(followed, await outcome(cleaned, null));
    }),
    { numRuns: 10 },
  );
});
