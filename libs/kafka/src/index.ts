export { compareSchemas, type SchemaChange } from './codec/compare-schemas.ts';
export type { RegistryOptions } from './codec/registry.ts';
export { createRegistryCodecs } from './codec/registry-codecs.ts';
export { schemaDifferences } from './codec/schema-differences.ts';
export { type SchemaVersion, type SubjectVersions, subjectVersions } from './codec/schema-versions.ts';
export { createKafkaAdmin } from './kafka-admin.ts';
export { createKafkaLog } from './kafka-log.ts';
export type { KafkaOptions } from './options.ts';
export { createTruncation } from './truncation.ts';
