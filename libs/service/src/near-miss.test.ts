import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearMiss } from './near-miss.ts';

const word = fc.stringMatching(/^[A-D]{0,7}$/);

/** The definition, without memory. */
function byDefinition(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const rest = byDefinition(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
  return Math.min(rest, byDefinition(a.slice(1), b) + 1, byDefinition(a, b.slice(1)) + 1);
}

test('the distance is that of the definition, up to the limit', () => {
  fc.assert(
    fc.property(word, word, fc.nat(8), (a, b, limit) => {
      assert.equal(editDistance(a, b, limit), Math.min(byDefinition(a, b), limit + 1));
    }),
    { numRuns: 200 },
  );
});

test('the nearest of several names is meant', () => {
  assert.equal(nearMiss('FETCH_WAIT_MX', ['FETCH_WAIT_AB', 'FETCH_WAIT_MS']), 'FETCH_WAIT_MS');
});

test('short names have to be nearer than long ones', () => {
  assert.equal(nearMiss('HOME', ['HOST']), undefined);
  assert.equal(nearMiss('HOSTS', ['HOST']), 'HOST');
});
