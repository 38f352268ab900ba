import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant } from '@medallion/core';
import { type JoinPlan, VALIDITY } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { field, keyedTable, schemaOf } from '../fixtures/plans.ts';
import type { LogRecord, RowDecoder } from '../ports/index.ts';
import { changelogSource } from '../protocol/changelog.ts';
import { DimensionTable, joinedSchema } from './dimension-table.ts';
import { joinStep } from './join-step.ts';

const type1 = keyedTable('shop', 'customers', schemaOf(field('id', 'string'), field('name', 'string')), 'changes');
const type2 = keyedTable(
  'shop',
  'addresses',
  schemaOf(
    field('id', 'string'),
    field('city', 'string'),
    field(VALIDITY.from, 'timestamp'),
    field(VALIDITY.to, 'timestamp'),
  ),
  'changes',
  { storedAs: 2 },
);
const decoder: RowDecoder = {
  prepare: async () => {},
  decode: (value) => (value === null ? { undecodable: '' } : { row: JSON.parse(String(value)) as AnyRow }),
};
const record = (
  table: string,
  offset: number,
  key: readonly unknown[],
  row: object | null,
  expected = offset,
): LogRecord => ({
  offset,
  key: Buffer.from(JSON.stringify(key)),
  value: row === null ? null : Buffer.from(JSON.stringify(row)),
  headers: { src: Buffer.from(changelogSource(table, 0, expected)) },
  timestampMs: 0,
});
const at = (n: number): Instant => instant(n * 1000);

test('J2 of a type 1 table the last row of a key counts, none after a delete', () => {
  const table = new DimensionTable(type1);
  table.take(
    0,
    [record('customers', 0, ['a'], { name: 'Ann' }), record('customers', 1, ['a'], { name: 'Anna' })],
    decoder,
  );
  assert.deepEqual(table.latest(['a']), { name: 'Anna' });
  assert.equal(table.latest(['b']), null);
  table.take(0, [record('customers', 2, ['a'], null)], decoder);
  assert.equal(table.latest(['a']), null);
});

test('K1 a record that stands elsewhere than its writer expected does not count', () => {
  const table = new DimensionTable(type1);
  table.take(
    0,
    [record('customers', 0, ['a'], { name: 'Ann' }), record('customers', 1, ['a'], { name: 'old' }, 0)],
    decoder,
  );
  assert.deepEqual(table.latest(['a']), { name: 'Ann' });
  table.take(0, [record('others', 2, ['a'], { name: 'of another flow' })], decoder);
  assert.deepEqual(table.latest(['a']), { name: 'Ann' });
});

test('J3 validity is half-open: the version of an instant starts at or before it and ends after it', () => {
  const table = new DimensionTable(type2);
  table.take(
    0,
    [
      record('addresses', 0, ['a', at(10)], { city: 'Oslo', [VALIDITY.to]: at(20) }),
      record('addresses', 1, ['a', at(20)], { city: 'Bergen', [VALIDITY.to]: at(30) }),
      record('addresses', 2, ['a', at(40)], { city: 'Bodø', [VALIDITY.to]: null }),
    ],
    decoder,
  );
  const cityAt = (n: number) => table.asOf(['a'], at(n))?.city ?? null;
  assert.deepEqual([9, 10, 19.999, 20, 29.999, 30, 39.999, 40, 99].map(cityAt), [
    null,
    'Oslo',
    'Oslo',
    'Bergen',
    'Bergen',
    null,
    null,
    'Bodø',
    'Bodø',
  ]);
  assert.equal(table.latest(['a'])?.city, 'Bodø');
  table.take(0, [record('addresses', 3, ['a', at(40)], { city: 'Bodø', [VALIDITY.to]: at(50) })], decoder);
  assert.equal(table.latest(['a']), null, 'deleted at 50');
  assert.equal(cityAt(49), 'Bodø');
});

test('J3 any history, in any order of its versions, is as a list of intervals says', () => {
  const starts = fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(starts, fc.array(fc.boolean()), fc.infiniteStream(fc.nat(7)), (unordered, absorbed, picks) => {
      const versions = unordered
        .toSorted((a, b) => a - b)
        .map((from, i, all) => ({ from, to: all[i + 1] ?? null, absorbed: absorbed[i] === true }));
      const table = new DimensionTable(type2);
      const order = versions.toSorted(() => (picks.next().value as number) - 3.5);
      // Each version comes first as something else: what is known of a version is replaced.
      [
        ...order.map((version) => ({ ...version, absorbed: !version.absorbed, to: version.from + 1 })),
        ...order,
      ].forEach(({ from, to, absorbed: gone }, offset) => {
        const row = { city: `c${from}`, __absorbed: gone, [VALIDITY.to]: to === null ? null : at(to) };
        table.take(0, [record('addresses', offset, ['a', at(from)], row)], decoder);
      });
      for (let n = 0; n < 52; n++) {
        const expected = versions.find(({ from, to, absorbed: gone }) => !gone && from <= n && (to === null || n < to));
        assert.equal(table.asOf(['a'], at(n))?.city, expected && `c${expected.from}`);
      }
      assert.equal(table.size, versions.filter((version) => !version.absorbed).length);
    }),
  );
});

const join = (over: Partial<JoinPlan> = {}): JoinPlan => ({
  kind: 'join',
  table: 'customers',
  mode: 'latest',
  type: 'left',
  on: ['customer'],
  columns: [{ from: 'name', field: field('customer_name', 'string') }],
  ...over,
});

test('J2 a left join keeps a row without a match with nulls, an inner join leaves it out, and both count it', () => {
  const table = new DimensionTable(type1);
  table.take(0, [record('customers', 0, ['a'], { name: 'Ann' })], decoder);
  const tables = new Map([['customers', table]]);
  for (const type of ['left', 'inner'] as const) {
    const counted = { unmatched: 0 };
    const step = joinStep(join({ type }), tables, null, counted);
    const rows: AnyRow[] = [{ customer: 'a' }, { customer: 'b' }, { customer: null }, {}];
    const kept = rows.filter((row) => step(row, { judged: false, warned: [] }) === null);
    assert.deepEqual(
      kept.map((row) => row.customer_name),
      type === 'left' ? ['Ann', null, null, null] : ['Ann'],
    );
    assert.equal(counted.unmatched, 3);
  }
});

test('J2 a key of several columns is that of all of them in their order', () => {
  const table = new DimensionTable({ ...type1, keys: ['shop', 'id'] });
  table.take(0, [record('customers', 0, ['x', 1], { name: 'Ann' })], decoder);
  assert.equal(table.latest(['x', 1])?.name, 'Ann');
  assert.equal(table.latest(['x', '1']), null);
  assert.equal(table.latest([1, 'x']), null);
});

test('only the columns that joins ask for are decoded', () => {
  const names = (table: typeof type1) => joinedSchema(table, new Set(['city', 'name'])).fields.map(({ name }) => name);
  assert.deepEqual(names(type1), ['name']);
  assert.deepEqual(names(type2), ['city', VALIDITY.to, '__absorbed']);
});
