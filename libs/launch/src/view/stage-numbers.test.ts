import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import santa from '@medallion/santa-deliveries';
import { createMetrics } from '@medallion/service';
import { parsePrometheus } from './prometheus.ts';
import { Rate } from './rate.ts';
import { stageNumbers } from './stage-numbers.ts';

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

test('what a service reports is found again: its own tables, its partitions summed, the least watermark', async () => {
  const metrics = createMetrics({ service: 'silver-enrich', version: '1' });
  const silver = metrics.flow({ pipeline: 'santa-deliveries', table: 'silver_santa_deliveries' });
  const other = metrics.flow({ pipeline: 'other', table: 'silver_santa_deliveries' });
  silver.recordsIn(100);
  silver.recordsOut(90);
  other.recordsIn(7);
  silver.lag('t', 0, 5, 1.5);
  silver.lag('t', 1, 6, 0.5);
  silver.watermark('t', 0, instant(2_000));
  silver.watermark('t', 1, instant(1_000));
  const numbers = stageNumbers(parsePrometheus(await metrics.text()), santa, 'silver');
  assert.deepEqual(numbers, { recordsIn: 100, recordsOut: 90, lagRecords: 11, lagSeconds: 1.5, watermark: 1_000 });
});

test('before its first batch a service has numbers of no lag and no watermark', () => {
  const none = { recordsIn: 0, recordsOut: 0, lagRecords: null, lagSeconds: null, watermark: null };
  assert.deepEqual(stageNumbers([], santa, 'gold'), none);
});

test('a rate is that of the last 10 s, and begins anew with a counter that does', () => {
  const rate = new Rate();
  assert.equal(rate.perSecond, null);
  rate.add(0, 1_000);
  assert.equal(rate.perSecond, null);
  rate.add(5_000, 1_050);
  assert.equal(rate.perSecond, 10);
  for (let s = 10; s <= 60; s += 5) rate.add(s * 1_000, 1_000 + s * 20);
  assert.equal(rate.perSecond, 20);
  rate.add(61_000, 3);
  assert.equal(rate.perSecond, null);
  rate.add(62_000, 13);
  assert.equal(rate.perSecond, 10);
});
