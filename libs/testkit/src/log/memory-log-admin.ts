import { MedallionError } from '@medallion/core';
import type { LogAdmin } from '@medallion/runtime';
import type { MemoryCluster } from './memory-cluster.ts';

/**
 * What a rebuild does to a cluster in memory.
 *
 * @example const admin = createMemoryLogAdmin(cluster)
 */
export function createMemoryLogAdmin(cluster: MemoryCluster): LogAdmin {
  const members = (group: string): readonly string[] =>
    cluster.group(group).members.map((_, i) => `member ${i} (memory)`);
  return {
    async deleteTopics(topics) {
      for (const topic of topics) {
        cluster.deleteTopic(topic);
        cluster.forgetCheckpoints((_, of) => of === topic);
      }
    },
    growTopic: async (topic, partitions) => cluster.growTopic(topic, partitions),
    members: async (group) => members(group),
    async forgetGroup(group) {
      if (members(group).length > 0)
        throw new MedallionError('MED_GROUP_IN_USE', { group, members: members(group).join(', ') });
      cluster.forgetCheckpoints((of) => of === group);
    },
    async close() {},
  };
}
