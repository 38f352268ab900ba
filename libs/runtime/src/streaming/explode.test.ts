import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import type { ExpectationPlan, StepPlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { field, flow, listField, rule, schemaOf, streamingTable } from '../fixtures/plans.ts';
import type { LogRecord } from '../ports/index.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { parseCoordinate } from '../protocol/coordinates.ts';
import { fromTrace, warnedOf } from '../protocol/trace.ts';
import { rowReader } from './record-reader.ts';
import { TableTask, type TaskParts } from './table-task.ts';

const NOW = instant(Date.parse('2026-12-24T12:00:00.000Z'));
const sku = field('sku', 'string');
const price = field('price', 'double');

const explode: StepPlan = {
  kind: 'explode',
  column: 'items',
  fields: [
    { from: 'sku', field: { ...sku, name: 'item_sku' } },
    { from: 'price', field: price },
  ],
  position: 'item_no',
};
const judge = (...expectations: readonly ExpectationPlan[]): StepPlan => ({ kind: 'judge', expectations });
const cheap = (row: AnyRow) => (row.price as number) < 100;

/** Orders with items through these steps, on ports that pass JSON along. */
function exploded(steps: readonly StepPlan[], orders: readonly object[], parts: Partial<TaskParts> = {}) {
  const schema = schemaOf(field('id', 'string'), field('item_no', 'int'), { ...sku, name: 'item_sku' }, price);
  const items = streamingTable('shop', 'items', schema, [flow('items', { table: 'orders' }, steps)]);
  const task = new TableTask(
    items,
    items.flows[0]!,
    {
      reader: rowReader({ prepare: async () => {}, decode: (value) => ({ row: JSON.parse(String(value)) as AnyRow }) }),
      encoder: { encode: (row) => Buffer.from(JSON.stringify(row)) },
      ...parts,
    },
    { topic: 'shop.orders', partition: 1 },
    startPosition(),
  );
  const records = orders.map(
    (order, offset): LogRecord => ({
      offset,
      key: Buffer.from('k'),
      value: Buffer.from(JSON.stringify(order)),
      headers: { src: Buffer.from(`orders:1:${offset}:0`) },
      timestampMs: NOW,
    }),
  );
  const result = task.process({ topic: 'shop.orders', partition: 1, records, highWatermark: records.length }, NOW);
  return {
    ...result,
    task,
    made: result.rows.map(({ value, headers }) => [String(headers.src), JSON.parse(String(value)) as AnyRow] as const),
    refused: result.traces.map(({ headers }) => [String(headers.src), fromTrace(headers)!] as const),
  };
}

test('X1 a row becomes a row for each element of its list, in order, with its other columns and its place', () => {
  const { made } = exploded([explode], [{ id: 'a', items: [{ sku: 'x', price: 1 }, { sku: 'y' }] }]);
  assert.deepEqual(
    made.map(([, { id, item_sku, price, item_no }]) => [id, item_sku, price, item_no]),
    [
      ['a', 'x', 1, 0],
      ['a', 'y', null, 1],
    ],
  );
});

test('X1 null, an empty list and what is no list make no row and leave no trace, but are counted', () => {
  const { rows, traces, tally, task } = exploded([explode], [{ items: null }, { items: [] }, {}, { items: 'x' }]);
  assert.deepEqual([rows.length, traces.length, tally.filtered, task.position().next], [0, 0, 4, 4]);
});

test('X2 rows and traces carry the index of their element, and what is left out takes its index along', () => {
  const steps: StepPlan[] = [
    explode,
    { kind: 'where', text: 'known', test: (row) => row.item_sku !== 'unknown' },
    judge(rule('cheap', 'quarantine', cheap)),
  ];
  const items = [
    { sku: 'unknown' },
    { sku: 'a', price: 500 },
    { sku: 'b', price: 1 },
    { sku: 'unknown' },
    { price: 2 },
  ];
  const { made, refused } = exploded(steps, [{ id: 'a', items }]);
  assert.deepEqual(
    made.map(([src]) => src),
    ['items:1:0:2', 'items:1:0:4'],
  );
  assert.deepEqual(
    refused.map(([src, { violations }]) => [src, violations.map(({ expectation }) => expectation)]),
    [['items:1:0:1', ['cheap']]],
  );
});

test('X3 steps before the explode judge the record once; those after it judge each element, and name its warnings', () => {
  const steps: StepPlan[] = [
    judge(
      rule('has_id', 'quarantine', (row) => row.id !== null),
      rule('short', 'warn', (row) => row.id === 'a'),
    ),
    explode,
    judge(rule('cheap', 'warn', cheap)),
  ];
  const items = [{ price: 500 }, { price: 1 }];
  const { rows, refused } = exploded(steps, [
    { id: null, items },
    { id: 'a', items },
    { id: 'bb', items },
  ]);
  assert.deepEqual(
    refused.map(([src]) => src),
    ['items:1:0:0'],
  );
  assert.deepEqual(
    rows.map(({ headers }) => warnedOf(headers)),
    [['cheap'], [], ['short', 'cheap'], ['short']],
  );
});

test('X4 a record of which one element breaks an expectOrFail is left where it was as a whole', () => {
  const steps = [explode, judge(rule('cheap', 'fail', cheap))];
  const good = { id: 'a', items: [{ price: 1 }, { price: 2 }] };
  const bad = { id: 'b', items: [{ price: 3 }, { price: 500 }] };
  const stopped = exploded(steps, [good, bad, good]);
  assert.deepEqual([stopped.rows.length, stopped.traces.length, stopped.task.position().next], [2, 0, 1]);
  assert.equal(stopped.failure?.code, 'MED_EXPECTATION_FAILED');
  assert.match(String(stopped.failure), /orders\[1\] offset 1 broke cheap/);

  const skipped = exploded(steps, [good, bad, good], {
    skipped: (_, offset) => (offset === 1 ? 'skipped by ann' : null),
  });
  assert.equal(skipped.failure, null);
  assert.deepEqual(
    skipped.made.map(([src]) => src),
    ['items:1:0:0', 'items:1:0:1', 'items:1:2:0', 'items:1:2:1'],
  );
  assert.deepEqual(
    skipped.refused.map(([src, { outcome, reason }]) => [src, outcome, reason]),
    [['items:1:1:0', 'violation', 'broke cheap; skipped by ann']],
  );
});

test('X5 state moves between the elements of a record: an element may repeat one before it', () => {
  const steps: StepPlan[] = [explode, { kind: 'dedupe', by: 'item_sku', withinMs: 60_000 as never }];
  const schema = { column: 'at', watermarkDelayMs: 0 as never };
  const table = streamingTable(
    'shop',
    'items',
    schemaOf(field('id', 'string')),
    [flow('items', { table: 'orders' }, steps)],
    {
      eventTime: schema,
    },
  );
  const task = new TableTask(
    table,
    table.flows[0]!,
    {
      reader: rowReader({ prepare: async () => {}, decode: (value) => ({ row: JSON.parse(String(value)) as AnyRow }) }),
      encoder: { encode: (row) => Buffer.from(JSON.stringify(row)) },
    },
    { topic: 't', partition: 0 },
    startPosition(),
  );
  const value = JSON.stringify({ at: NOW, items: [{ sku: 'a' }, { sku: 'b' }, { sku: 'a' }] });
  const record = {
    offset: 0,
    key: null,
    value: Buffer.from(value),
    headers: { src: Buffer.from('orders:0:0:0') },
    timestampMs: 1,
  };
  const { rows, traces } = task.process({ topic: 't', partition: 0, records: [record], highWatermark: 1 }, NOW);
  assert.deepEqual([rows.length, traces.map(({ headers }) => fromTrace(headers)?.outcome)], [2, ['duplicate']]);
});

test('P3 X2 of lists in lists too, coordinates increase in the rows and in the traces', () => {
  const outer = listField('boxes', [listField('items', [price])]);
  const steps: StepPlan[] = [
    { kind: 'explode', column: 'boxes', fields: [{ from: 'items', field: outer }], position: null },
    { ...explode, column: 'boxes' } as StepPlan,
    judge(rule('cheap', 'quarantine', cheap)),
  ];
  const prices = fc.array(fc.array(fc.constantFrom(1, 500).map((value) => ({ price: value }))));
  fc.assert(
    fc.property(fc.array(prices), (orders) => {
      const { made, refused, tally } = exploded(
        steps,
        orders.map((boxes) => ({ id: 'a', boxes: boxes.map((items) => ({ items })) })),
      );
      for (const sources of [made, refused].map((each) => each.map(([src]) => parseCoordinate(src)!)))
        sources.reduce(
          (before, after) => {
            assert.ok(after.offset > before.offset || (after.offset === before.offset && after.index > before.index));
            return after;
          },
          { offset: -1, index: -1 } as { offset: number; index: number },
        );
      const all = orders.flat(2);
      assert.equal(made.length, all.filter(({ price }) => price === 1).length);
      assert.equal(refused.length, all.length - made.length);
      const none = orders.filter((boxes) => boxes.length === 0).length;
      assert.equal(tally.filtered, none + orders.flat().filter((items) => items.length === 0).length);
    }),
  );
});
