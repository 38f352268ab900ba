export { type Audit, type AuditReport, createAudit, formatAudit } from './audit.ts';
export {
  type Delivery,
  GIFT_TYPES,
  type GiftType,
  REGIONS,
  type Region,
  type Status,
  WEATHERS,
  type Weather,
} from './delivery.ts';
export { createGenerator, type GeneratedRecord, type Generator } from './generator.ts';
export {
  FAULT_KINDS,
  type FaultKind,
  KINDS,
  type KindDescription,
  type Rates,
  RECORD_KINDS,
  type RecordKind,
} from './kinds.ts';
export { type GeneratorOptions, lastChristmas, type ResolvedOptions } from './options.ts';
export { createPacing, type Pacing } from './pacing.ts';
export { PRESETS, type Quality } from './presets.ts';
export { type RunParts, run } from './run.ts';
export { fileSink, streamSink } from './sinks/file-sink.ts';
export { type KafkaSinkOptions, kafkaSink } from './sinks/kafka-sink.ts';
export { createPartitioner } from './sinks/partitioner.ts';
export { type PatientWriter, type PatientWriterOptions, patientWriter } from './sinks/patient-writer.ts';
export type { Sink } from './sinks/sink.ts';
export { CITIES, type City } from './world/cities.ts';
