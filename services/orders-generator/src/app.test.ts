import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMemoryLog, MemoryCluster } from '@medallion/testkit';
import { app } from './app.ts';

const signal = new AbortController().signal;

test('for a pipeline of somebody else the topics and folders that it reads are made, and nothing is sent', async () => {
  const landing = mkdtempSync(join(tmpdir(), 'prepared-'));
  const cluster = new MemoryCluster();
  try {
    const args = ['toy-sales', '--topic', 'sales', '--topic', 'returns', '--folder', 'toy/files', '--landing', landing];
    const exit = await app({ args, env: {}, openLog: () => createMemoryLog(cluster), signal });
    assert.equal(exit, 0);
    for (const topic of ['sales', 'returns'])
      assert.deepEqual(
        cluster.topic(topic)?.map(({ high }) => high),
        [0, 0, 0, 0],
        topic,
      );
    assert.ok(existsSync(join(landing, 'toy/files')));
  } finally {
    rmSync(landing, { recursive: true, force: true });
  }
});

test('a pipeline that nothing is known of, without a topic or folder, is wrong usage', async () => {
  const openLog = () => createMemoryLog(new MemoryCluster());
  assert.equal(await app({ args: ['toy-sales'], env: {}, openLog, signal }), 2);
});
