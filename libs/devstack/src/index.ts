export { localAddresses, localDatabaseUrl, removeData, stackFolders } from './data.ts';
export { type Asks, diagnose, type Finding } from './diagnose.ts';
export { dataFolder } from './folders.ts';
export { type Guard, startGuard } from './guard.ts';
export { identify, type ProcessIdentity } from './identity.ts';
export { type KafkaCluster, type KafkaNode, startKafkaCluster } from './kafka-cluster.ts';
export type { BrokerSecurity, BrokerUser } from './kafka-properties.ts';
export { endAbandoned, type Ledger, openLedger } from './ledger.ts';
export { NODE_ARGUMENTS, NODE_ENVIRONMENT } from './node-memory.ts';
export {
  type External,
  externalFrom,
  type ProgressEvent,
  type ServiceName,
  type StackOptions,
  type StackPorts,
  type Stage,
} from './options.ts';
export { freePorts, isFree } from './ports.ts';
export { postgresTools } from './postgres-tools.ts';
export { progressLine } from './progress.ts';
export { type SecuredKafka, startSecuredKafka } from './secured-kafka.ts';
export type { Service } from './service.ts';
export { type Stack, startStack } from './stack.ts';
export { type TestStack, testStack } from './test-stack.ts';
