import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from './index.ts';

const { kafkaBrokers } = await testStack();

/** Enough for the good one to be drawn first seldom, and few enough for all to be tried within the time of one connect. */
const DOORS = 3;

test('first brokers behind doors that close at once, as of a load balancer with nothing behind it, do not hide the good one', async () => {
  const doors = Array.from({ length: DOORS }, () => createServer((socket) => socket.end()).listen(0, '127.0.0.1'));
  await Promise.all(doors.map((door) => once(door, 'listening')));
  const closed = doors.map((door) => `127.0.0.1:${(door.address() as { port: number }).port}`);
  try {
    for (let client = 0; client < 4; client++) {
      const log = createKafkaLog({
        brokers: [...closed, ...kafkaBrokers],
        clientId: 'first-broker-test',
        log: silentLog,
      });
      try {
        assert.equal(await log.partitions('no such topic'), null);
      } finally {
        await log.close();
      }
    }
  } finally {
    for (const door of doors) door.close();
  }
});
