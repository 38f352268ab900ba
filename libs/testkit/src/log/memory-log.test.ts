import { recordLogContract } from './contract.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { createMemoryLog } from './memory-log.ts';

recordLogContract('a log in memory', async () => {
  const cluster = new MemoryCluster();
  const logs: ReturnType<typeof createMemoryLog>[] = [];
  return {
    connect() {
      const log = createMemoryLog(cluster);
      logs.push(log);
      return log;
    },
    async truncate(place, low) {
      cluster.partition(place)?.truncate(low);
    },
    async recreate(topic, partitions) {
      cluster.deleteTopic(topic);
      cluster.createTopic(topic, partitions);
    },
    async close() {
      await Promise.all(logs.map((log) => log.close()));
    },
  };
});
