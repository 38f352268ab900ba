import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowLook, together } from './flow.ts';

test('where nothing flows nothing moves', () => {
  assert.equal(flowLook(0).seconds, null);
  assert.equal(flowLook(null).seconds, null);
  assert.notEqual(flowLook(0.1).seconds, null);
});

test('more is wider and faster, up to a bound', () => {
  const rates = [0.1, 1, 10, 100, 1_000, 10_000].map(flowLook);
  for (const [i, { width, seconds }] of rates.slice(1).entries()) {
    assert.ok(width > rates[i]!.width);
    assert.ok((seconds as number) < (rates[i]!.seconds as number));
  }
  assert.deepEqual(flowLook(1e9), flowLook(10_000));
});

test('the flows of an arrow that stands for several add up, and what none says stays unsaid', () => {
  assert.deepEqual(
    together([
      { recordsPerSecond: 1, lagRecords: null },
      { recordsPerSecond: 2.5, lagRecords: null },
    ]),
    { recordsPerSecond: 3.5, lagRecords: null },
  );
  assert.deepEqual(together([]), { recordsPerSecond: null, lagRecords: null });
});
