import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import fc from 'fast-check';
import { IdentityTimes } from './identity-times.ts';

const identity = fc.oneof(
  fc.nat({ max: 300 }).map((n) => `id-${n}`),
  fc.nat({ max: 300 }),
  fc.constantFrom('', ' ', 'ä', '😀', '\u0000', '\u0000\u0000', '__proto__'),
);
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ id: identity, at: fc.integer({ min: -1_000, max: 1_000 }) }) },
  { weight: 1, arbitrary: fc.record({ before: fc.integer({ min: -1_000, max: 1_000 }) }) },
);

test('any sequence of sets and forgettings leaves what a Map would hold', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: 'max' }), fc.nat(), (steps, seed) => {
      const times = new IdentityTimes(seed);
      const expected = new Map<string, number>();
      for (const one of steps) {
        if ('before' in one) {
          times.deleteBefore(one.before);
          for (const [id, at] of expected) if (at < one.before) expected.delete(id);
        } else {
          times.set(one.id, instant(one.at));
          expected.set(String(one.id), one.at);
        }
        assert.equal(times.size, expected.size);
      }
      for (const [id, at] of expected) assert.equal(times.get(id), at);
      for (const absent of ['absent', 'id-301', 999]) assert.equal(times.get(absent), undefined);
    }),
    { numRuns: 500 },
  );
});

test('a million similar identities are told apart, and forgetting most of them gives their memory back', () => {
  const times = new IdentityTimes();
  const memory = (): number => process.memoryUsage().arrayBuffers;
  const before = memory();
  for (let i = 0; i < 1_000_000; i++) times.set(`EVT-${i}`, instant(i));
  assert.equal(times.size, 1_000_000);
  assert.equal(times.get('EVT-0'), 0);
  assert.equal(times.get('EVT-999999'), 999_999);
  assert.equal(times.get('EVT-1000000'), undefined);
  assert.ok(memory() - before < 100e6, 'with what the growth left to be collected');
  times.deleteBefore(999_990);
  assert.equal(times.size, 10);
  assert.equal(times.get('EVT-999995'), 999_995);
  assert.equal(times.get('EVT-5'), undefined);
});
