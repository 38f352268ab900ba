import { silentLog } from '@medallion/core';
import { createKafkaLog, kafkaAccess } from '@medallion/kafka';
import type { RecordLog } from '@medallion/runtime';

/** The log on the cluster at `brokers`. The client's own lines are dropped: the sink tells of what it tries again. */
export const openLog = (brokers: readonly string[]): RecordLog =>
  createKafkaLog({
    ...{ brokers, clientId: 'santa-generator', log: silentLog },
    ...kafkaAccess({ ...process.env, KAFKA_BROKERS: brokers.join(',') }),
  });
