import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import santa from '@medallion/santa-deliveries';
import { createMetrics, parsePrometheus } from '@medallion/service';
import { stageNumbers } from './stage-numbers.ts';

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
