import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { isMedallionError, silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from './index.ts';

const { kafkaBrokers } = await testStack();

test('a first broker behind a door that closes at once, as of a load balancer with nothing behind it, does not hide the others', async () => {
  const door = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as { port: number };
  const brokers = [`127.0.0.1:${port}`, ...kafkaBrokers];
  const log = createKafkaLog({ brokers, clientId: 'first-broker-test', log: silentLog });
  try {
    // Which one is asked first is drawn; of ten times it is the good one at least once, but for one run in a thousand.
    for (let tried = 1; ; tried++)
      try {
        assert.equal(await log.partitions('no such topic'), null);
        return;
      } catch (error) {
        if (tried === 10 || !isMedallionError(error)) throw error;
      }
  } finally {
    await log.close();
    door.close();
  }
});
