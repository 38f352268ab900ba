import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { days, instant, milliseconds, noMetrics, silentLog } from '@medallion/core';
import { noProgress, runLayer } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import { createGenerator } from '@medallion/santa-generator';
import {
  createMemoryCodecs,
  createMemoryLog,
  MemoryCluster,
  MemoryDatabase,
  MemoryRegistry,
  MemoryTableStore,
} from '@medallion/testkit';
import { until } from '../support/until.ts';

test('a gold service that runs for long lets go of the days of a queryable copy that are past its retention', async () => {
  let now = instant(Date.UTC(2025, 11, 24, 20));
  const cluster = new MemoryCluster();
  const database = new MemoryDatabase();
  const registry = new MemoryRegistry();
  cluster.createTopic('santa.deliveries.raw', 1);
  const flows = (['bronze', 'gold'] as const).map((layer) =>
    runLayer(layer, {
      plan: santa,
      log: createMemoryLog(cluster),
      codecs: createMemoryCodecs(registry),
      store: new MemoryTableStore({ database }),
      owner: layer,
      clock: { now: () => now },
      logger: silentLog,
      metrics: noMetrics,
      progress: () => noProgress,
      report: () => {},
      // Not at once: who waits in a loop must let others work.
      sleep: (ms, signal) => delay(Math.min(ms, 5), undefined, { signal }).catch(() => {}),
      settings: {
        ...{ fetchWaitMs: 1, maxBatchBytes: 65_536, sessionTimeoutMs: 1_000, tickMs: 5, checkpointEveryMs: 5 },
        idleTimeoutMs: milliseconds(3_600_000),
      },
    }),
  );
  try {
    const appender = await createMemoryLog(cluster).appender();
    const records = createGenerator({ start: now, quality: 'clean' })
      .nextBatch(10)
      .map(({ key, value }) => ({ key: Buffer.from(key as string), value, headers: {} }));
    await appender.append([{ topic: 'santa.deliveries.raw', partition: 0, records }]);
    const copied = (): number => database.copied('bronze_santa_deliveries').length;
    await until('the rows are in the copy', () => copied() === 10 || null, { timeoutMs: 120_000, everyMs: 5 });

    now = instant(now + days(29));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(copied(), 10);
    now = instant(now + days(3));
    await until('the rows are gone from the copy', () => copied() === 0 || null, { timeoutMs: 120_000, everyMs: 5 });
  } finally {
    await Promise.all(flows.map((flow) => flow.stop()));
  }
});
