import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { logAdminContract } from '@medallion/testkit';
import { createKafkaAdmin } from './kafka-admin.ts';
import { createKafkaLog } from './kafka-log.ts';

logAdminContract('Kafka, administered', async () => {
  const { kafkaBrokers: brokers } = await testStack();
  const options = { brokers, clientId: 'admin-contract', log: silentLog };
  const [log, admin] = [createKafkaLog(options), createKafkaAdmin(options)];
  return {
    ...{ log, admin },
    close: async () => {
      await log.close();
      await admin.close();
    },
  };
});
