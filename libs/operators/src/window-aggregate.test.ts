import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, seconds } from '@medallion/core';
import fc from 'fast-check';
import { type Aggregate, type Partial, WindowAggregate } from './window-aggregate.ts';
import { windowStart } from './windows.ts';

type V = string | number | boolean | null;
type Row = Record<string, V>;

const kinds = ['count', 'sum', 'min', 'max', 'avg', 'count_distinct'] as const;
const aggregates: readonly Aggregate<V>[] = [
  ...kinds.map((kind): Aggregate<V> => ({ kind, column: kind === 'count' ? null : 'n', where: null })),
  ...kinds.map(
    (kind): Aggregate<V> => ({
      kind,
      column: kind === 'count' ? null : 'n',
      where: { test: (row) => row.hit === true },
    }),
  ),
];
const spec = { sizeMs: seconds(10), groupBy: ['g', 'h'], aggregates };

const anyRow = fc.record({
  at: fc.integer({ min: 0, max: 40_000 }),
  g: fc.constantFrom('x', 'y', 'xy', null, '1'),
  h: fc.constantFrom('yx', 'x', '', null, 1),
  n: fc.option(fc.integer({ min: -100, max: 100 })),
  hit: fc.constantFrom(true, false, null),
}) as fc.Arbitrary<Row & { at: number }>;

/** The batch query, written as a filter and a reduce per measure. */
function batch(rows: readonly Row[]): Map<string, (number | null)[]> {
  const groups = Map.groupBy(rows, (r) =>
    JSON.stringify([windowStart(instant(r.at as number), spec.sizeMs), r.g, r.h]),
  );
  return new Map(
    [...groups].map(([key, members]) => [key, aggregates.map((aggregate) => measure(aggregate, members))]),
  );
}
function measure({ kind, where }: Aggregate<V>, members: readonly Row[]): number | null {
  const counted = members.filter((row) => where === null || row.hit === true);
  const values = counted.map((row) => row.n).filter((n) => n !== null) as number[];
  const sum = values.reduce((a, b) => a + b, 0);
  if (kind === 'count') return counted.length;
  if (kind === 'sum') return sum;
  if (kind === 'avg') return values.length === 0 ? null : sum / values.length;
  if (kind === 'count_distinct') return new Set(values).size;
  if (values.length === 0) return null;
  return kind === 'min' ? Math.min(...values) : Math.max(...values);
}

function merge(a: Partial<V> | undefined, b: Partial<V>): Partial<V> {
  if (a === undefined) return b;
  if (a.kind === 'count' && b.kind === 'count') return { kind: 'count', count: a.count + b.count };
  if (a.kind === 'sum' && b.kind === 'sum') return { kind: 'sum', sum: a.sum + b.sum };
  if (a.kind === 'avg' && b.kind === 'avg') return { kind: 'avg', sum: a.sum + b.sum, count: a.count + b.count };
  if (a.kind === 'count_distinct' && b.kind === 'count_distinct')
    return { kind: a.kind, members: a.members.union(b.members) };
  if ((a.kind === 'min' || a.kind === 'max') && a.kind === b.kind) {
    if (a.value === null) return b;
    if (b.value === null) return a;
    return { kind: a.kind, value: a.kind === 'min' ? Math.min(a.value, b.value) : Math.max(a.value, b.value) };
  }
  throw new Error(`cannot merge ${a.kind} with ${b.kind}`);
}
function result(p: Partial<V>): number | null {
  if (p.kind === 'count') return p.count;
  if (p.kind === 'sum') return p.sum;
  if (p.kind === 'avg') return p.count === 0 ? null : p.sum / p.count;
  if (p.kind === 'count_distinct') return p.members.size;
  return p.value;
}

test('A1 A2 A3 partial results of any split into batches merge into the batch query', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRow, { maxLength: 20 }), { maxLength: 6 }), (batches) => {
      const merged = new Map<string, Partial<V>[]>();
      for (const rows of batches) {
        const aggregate = new WindowAggregate<V>(spec);
        for (const row of rows) aggregate.add(windowStart(instant(row.at), spec.sizeMs), row);
        for (const delta of aggregate.deltas()) {
          assert.equal(delta.windowEnd - delta.windowStart, 10_000);
          const key = JSON.stringify([delta.windowStart, ...delta.group]);
          const before = merged.get(key);
          merged.set(
            key,
            delta.partials.map((partial, i) => merge(before?.[i], partial)),
          );
        }
      }
      const results = new Map([...merged].map(([key, partials]) => [key, partials.map(result)]));
      assert.deepEqual(new Map([...results].sort()), new Map([...batch(batches.flat())].sort()));
    }),
    { numRuns: 500 },
  );
});

test('A2 a filter that throws has not said true, and harms no other measure', () => {
  const throws = (): boolean => {
    throw new Error('no');
  };
  const aggregate = new WindowAggregate<V>({
    ...spec,
    aggregates: [
      { kind: 'count', column: null, where: { test: throws } },
      { kind: 'count', column: null, where: null },
    ],
  });
  aggregate.add(instant(0), { g: 'x', h: 'y' });
  assert.deepEqual(aggregate.deltas()[0]!.partials, [
    { kind: 'count', count: 0 },
    { kind: 'count', count: 1 },
  ]);
});

const total = (kind: 'sum' | 'avg', scale: number): Aggregate<V> => ({
  ...{ kind, column: 'n', where: null, input: { kind: 'decimal', scale } },
});
const sumOf = (scale: number, values: readonly (number | null)[]) => {
  const aggregate = new WindowAggregate<V>({
    ...spec,
    groupBy: [],
    aggregates: [total('sum', scale), total('avg', scale)],
  });
  for (const n of values) aggregate.add(instant(0), { n });
  return aggregate.deltas()[0]!.partials;
};

test('sums of decimals are exact, in every order (A4)', () => {
  const units = fc.array(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(units, fc.integer({ min: 0, max: 6 }), (all, scale) => {
      const exact = all.reduce((sum, n) => sum + BigInt(n), 0n);
      const values = all.map((n) => n / 10 ** scale);
      const sum = Number(`${exact}e-${scale}`);
      for (const order of [values, values.toReversed()])
        assert.deepEqual(sumOf(scale, [null, ...order]), [
          { kind: 'sum', sum },
          { kind: 'avg', sum, count: all.length },
        ]);
    }),
  );
  // As doubles they are 0.30000000000000004.
  assert.deepEqual(sumOf(1, [0.1, 0.2])[0], { kind: 'sum', sum: 0.3 });
});

test('a sum of decimals of more than 15 digits is no number, and stays none whatever is taken away again (A4)', () => {
  const most = 9_999_999_999_999.99;
  assert.deepEqual(sumOf(2, [most])[0], { kind: 'sum', sum: most });
  assert.deepEqual(sumOf(2, [most, 0.01])[0], { kind: 'sum', sum: Number.NaN });
  assert.deepEqual(sumOf(2, [most, 0.01, -0.01])[0], { kind: 'sum', sum: most });
  const many = new Array<number>(20).fill(most);
  assert.deepEqual(sumOf(2, [...many, ...many.map((n) => -n)])[0], { kind: 'sum', sum: Number.NaN });
});
