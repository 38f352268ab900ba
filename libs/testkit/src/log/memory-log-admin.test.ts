import { logAdminContract } from './contract-admin.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { createMemoryLog } from './memory-log.ts';
import { createMemoryLogAdmin } from './memory-log-admin.ts';

logAdminContract('a cluster in memory, administered', async () => {
  const cluster = new MemoryCluster();
  const log = createMemoryLog(cluster);
  return { log, admin: createMemoryLogAdmin(cluster), close: () => log.close() };
});
