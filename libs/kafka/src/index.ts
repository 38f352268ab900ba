export { createKafkaLog } from './kafka-log.ts';
export type { KafkaOptions } from './options.ts';
