import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryTracer, type SeenSpan } from '@medallion/testkit';
import fc from 'fast-check';
import {
  contexts,
  hopsOf,
  NOT_SAMPLED,
  named,
  outcomes,
  PRODUCER,
  SAMPLED,
  sale,
  shopWith,
  silver,
  TRACE,
} from '../support/traced-shop.ts';

/** The way of followed records through all three layers, on ports in memory, by the code that the services run. */

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
