import assert from 'node:assert/strict';
import { recordLogContract } from '../log/contract.ts';
import { realSchedule } from '../log/schedule.ts';
import { chanceOf } from './chance.ts';
import { Network } from './network.ts';
import { SimCluster } from './sim-cluster.ts';
import { simLog } from './sim-log.ts';
import { SimProcess } from './sim-process.ts';

recordLogContract('a simulated log, in real time', async () => {
  const chance = chanceOf(1, 'contract');
  const now = () => performance.now();
  const cluster = new SimCluster({ brokers: 2, schedule: realSchedule, now, chance });
  const calm = () => ({ requestMs: chance.between(0, 2), replyMs: chance.between(0, 2) });
  const network = new Network(realSchedule, calm, () => true, assert.ifError);
  const logs: ReturnType<typeof simLog>[] = [];
  return {
    connect() {
      const parts = { name: `p${logs.length}#0`, seed: 1, schedule: realSchedule, trueNow: Date.now, skewMs: 0 };
      const log = simLog({ process: new SimProcess(parts), network, cluster });
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
