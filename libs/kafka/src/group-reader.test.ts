import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@medallion/core';
import kafkajs from 'kafkajs';
import { createGroupReader, partitionsIn } from './group-reader.ts';

test('an assignment names its partitions in order', () => {
  const assignment = { 'shop.b': [2, 0], 'shop.a': [1] };
  const bytes = kafkajs.AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) });
  assert.deepEqual(partitionsIn(bytes), [
    { topic: 'shop.a', partition: 1 },
    { topic: 'shop.b', partition: 0 },
    { topic: 'shop.b', partition: 2 },
  ]);
});

test('a member that was not given anything yet has no partitions', () => {
  assert.deepEqual(partitionsIn(Buffer.alloc(0)), []);
});

test('a cluster that is away is an error with a code, at every question', async () => {
  const reader = createGroupReader({ brokers: ['127.0.0.1:1'], clientId: 'test', log: silentLog });
  await Promise.all([
    assert.rejects(reader.describe(['a']), { code: 'MED_LOG_UNAVAILABLE' }),
    assert.rejects(reader.timestampAt({ topic: 't', partition: 0 }, 0), { code: 'MED_LOG_UNAVAILABLE' }),
  ]);
  await reader.close();
});
