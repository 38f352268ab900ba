import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, milliseconds, minutes, seconds } from '@medallion/core';
import fc from 'fast-check';
import { Dedupe } from './dedupe.ts';

type Row = { readonly id: string | null; readonly at: number };
const rows = fc.array(
  fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', null), at: fc.integer({ min: 0, max: 120_000 }) }),
  {
    maxLength: 200,
  },
);

/** D1 to D4 word by word, with no forgetting: the list of all accepted rows. */
function acceptedByDefinition(input: readonly Row[], withinMs: number): readonly Row[] {
  const accepted: Row[] = [];
  const remembered: Row[] = [];
  let horizon = Number.NEGATIVE_INFINITY;
  for (const row of input) {
    if (row.id !== null && remembered.some((earlier) => earlier.id === row.id && earlier.at >= horizon)) continue;
    accepted.push(row);
    horizon = Math.max(horizon, row.at - withinMs);
    if (row.at >= horizon) remembered.push(row);
  }
  return accepted;
}

function run(dedupe: Dedupe, input: readonly Row[]): Row[] {
  return input.filter(({ id, at }) => {
    if (id !== null && dedupe.isDuplicate(id)) return false;
    dedupe.accept(id, instant(at));
    return true;
  });
}

test('D1 D2 D3 D4 agrees with the definition for any order of rows', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 60_000 }), (input, within) => {
      assert.deepEqual(run(new Dedupe(milliseconds(within)), input), acceptedByDefinition(input, within));
    }),
    { numRuns: 2_000 },
  );
});

test('D5 D6 a state rebuilt from the tail of the output decides as the one that was lost', () => {
  fc.assert(
    fc.property(rows, rows, fc.integer({ min: 1, max: 30_000 }), (before, after, within) => {
      const original = new Dedupe(milliseconds(within));
      const log: Row[] = [];
      for (const row of before) {
        if (row.id !== null && original.isDuplicate(row.id)) continue;
        original.accept(row.id, instant(row.at));
        original.written(log.length);
        log.push(row);
      }
      const from = original.restoreFrom();
      const rebuilt = new Dedupe(milliseconds(within));
      log.slice(from ?? log.length).forEach((row, i) => {
        rebuilt.accept(row.id, instant(row.at));
        rebuilt.written((from ?? 0) + i);
      });
      assert.deepEqual(run(rebuilt, after), run(original, after));
      assert.equal(rebuilt.size >= 0, true);
    }),
    { numRuns: 2_000 },
  );
});

test('D2 what is older than the horizon is forgotten, so the state is bounded by its span', () => {
  const dedupe = new Dedupe(minutes(10));
  for (let i = 0; i < 100_000; i++) dedupe.accept(`id-${i}`, instant(i * 1_000));
  assert.ok(dedupe.size <= 600 + 61, `${dedupe.size} entries for ten minutes of one a second`);
  assert.ok((dedupe.restoreFrom() ?? 0) === 0, 'nothing was written yet');
});

test('D6 restoreFrom moves on as old rows are forgotten', () => {
  const dedupe = new Dedupe(minutes(10));
  for (let i = 0; i < 5_000; i++) {
    dedupe.accept(`id-${i}`, instant(i * 1_000));
    dedupe.written(i);
  }
  const from = dedupe.restoreFrom() as number;
  assert.ok(from >= 5_000 - 600 - 61 && from <= 5_000 - 600, `from ${from}`);
});

test('a repetition at exactly the horizon is a duplicate, one past it is not', () => {
  const dedupe = new Dedupe(seconds(10));
  dedupe.accept('a', instant(0));
  dedupe.accept('b', instant(10_000));
  assert.equal(dedupe.isDuplicate('a'), true);
  dedupe.accept('c', instant(10_001));
  assert.equal(dedupe.isDuplicate('a'), false);
});

test('D6 rows that are restored in another order, or again, leave the greatest event time of an identity', () => {
  const dedupe = new Dedupe(seconds(10));
  // It came at 5 s, was forgotten for what came at 20 s, and came again, with 12 s.
  for (const [id, at] of [
    ['a', 12_000],
    ['a', 5_000],
    ['b', 20_000],
  ] as const)
    dedupe.restore(id, instant(at));
  assert.equal(dedupe.isDuplicate('a'), true);
});
