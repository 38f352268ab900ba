import { silentLog } from '@medallion/core';
import { createKafkaLog, kafkaAccess } from '@medallion/kafka';
import { app } from './app.ts';

const stop = new AbortController();
// Once: who asks a second time does not want to wait for the flush.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

process.exitCode = await app({
  args: process.argv.slice(2),
  env: process.env,
  openLog: (brokers) =>
    createKafkaLog({
      ...{ brokers, clientId: 'orders-generator', log: silentLog },
      ...kafkaAccess({ ...process.env, KAFKA_BROKERS: brokers.join(',') }),
    }),
  signal: stop.signal,
});
