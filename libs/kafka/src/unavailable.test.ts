import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { silentLog } from '@medallion/core';
import { createKafkaLog } from './kafka-log.ts';

const log = createKafkaLog({ brokers: ['127.0.0.1:9'], clientId: 'nobody', log: silentLog });
after(() => log.close());

const unavailable = { code: 'MED_LOG_UNAVAILABLE', message: /ECONNREFUSED/ };
const options = {
  group: 'g',
  topics: ['t'],
  maxWaitMs: 50,
  maxBytesPerPartition: 1_000,
  sessionTimeoutMs: 6_000,
  tickMs: 1_000,
};
const handler = { open: async () => 0, process: async () => {}, tick: async () => {}, closed: () => {} };

it('a cluster that cannot be reached is MED_LOG_UNAVAILABLE, with the reason, whatever is asked of it', async () => {
  const read = async (): Promise<void> => {
    for await (const _ of log.read({ topic: 't', partition: 0 }, 0));
  };
  await Promise.all([
    assert.rejects(log.partitions('t'), unavailable),
    assert.rejects(log.committed('g', 't'), unavailable),
    assert.rejects(log.ensureTopics([]), unavailable),
    assert.rejects(log.appender(), unavailable),
    assert.rejects(log.subscribe(options, handler), unavailable),
    assert.rejects(read(), unavailable),
  ]);
});
