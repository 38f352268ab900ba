export { type LogHarness, recordLogContract } from './contract.ts';
export { type AdminHarness, logAdminContract } from './contract-admin.ts';
export { type AppendFate, MemoryCluster, type MemoryClusterOptions } from './memory-cluster.ts';
export { createMemoryLog } from './memory-log.ts';
export { createMemoryLogAdmin } from './memory-log-admin.ts';
export { Recorder, reading, until } from './recorder.ts';
export { realSchedule, type Schedule } from './schedule.ts';
