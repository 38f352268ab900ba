import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffTables } from './diff.ts';

const diff = (expected: object[], actual: object[]): readonly string[] =>
  diffTables('t', expected as Record<string, unknown>[], actual as Record<string, unknown>[], ['k'], ['updated_at']);

test('equal tables have no differences, whatever the order and the ignored columns', () => {
  assert.deepEqual(
    diff(
      [
        { k: 1, a: 'x' },
        { k: 2, a: null },
      ],
      [
        { k: 2, a: null, updated_at: 5 },
        { k: 1, a: 'x' },
      ],
    ),
    [],
  );
});

test('a missing, an unexpected, a repeated and a changed row are each told', () => {
  assert.deepEqual(
    diff(
      [
        { k: 1, a: 'x' },
        { k: 2, a: 1 },
      ],
      [{ k: 2, a: 2 }, { k: 3 }, { k: 3 }],
    ),
    ['t: twice: k=3', 't: missing: k=1 a="x"', 't: k=2: a: expected 1, found 2', 't: not expected: k=3'],
  );
});

test('a column that only one side has is a difference', () => {
  assert.deepEqual(diff([{ k: 1 }], [{ k: 1, b: null }]), ['t: k=1: b: expected absent, found null']);
});

test('averages are compared to nine digits, all else exactly', () => {
  assert.deepEqual(diff([{ k: 1, avg_a: 0.1 + 0.2 }], [{ k: 1, avg_a: 0.3 }]), []);
  assert.equal(diff([{ k: 1, rate: 0.1 + 0.2 }], [{ k: 1, rate: 0.3 }]).length, 1);
  assert.equal(diff([{ k: 1, avg_a: 1 }], [{ k: 1, avg_a: 1.00000001 }]).length, 1);
});
