import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrometheus } from './prometheus-text.ts';

test('labels may hold quotes, backslashes, line breaks and braces', () => {
  const [sample] = parsePrometheus('# HELP a b\na_total{x="\\"{},\\\\\\n",__proto__="y"} 1.5e3 1700000000000\n');
  assert.equal(sample?.value, 1500);
  assert.deepEqual(Object.entries(sample?.labels ?? {}), [
    ['x', '"{},\\\n'],
    ['__proto__', 'y'],
  ]);
});

test('infinite values are read, and lines that are no samples are skipped', () => {
  const samples = parsePrometheus('a{le="+Inf"} +Inf\n\n<html>\nb NaN\nc -Inf');
  assert.deepEqual(
    samples.map(({ name, value }) => [name, value]),
    [
      ['a', Number.POSITIVE_INFINITY],
      ['b', Number.NaN],
      ['c', Number.NEGATIVE_INFINITY],
    ],
  );
});
