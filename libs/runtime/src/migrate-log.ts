import type { PipelinePlan } from '@medallion/pipeline';
import type { RecordLog, RowCodecs } from './ports/index.ts';
import { writtenSchemas } from './rehearse.ts';
import { RunMarks } from './runs/run-marks.ts';
import { ensurePipelineTopics } from './topics.ts';

/**
 * Makes the topics of a pipeline and registers the schemas that its flows write with, as its services would at their start.
 *
 * @throws MED_TOPIC_MISSING, MED_PARTITIONS_CHANGED, MED_READERS_CHANGED, MED_REFRESH_UNFINISHED, MED_SCHEMA_INCOMPATIBLE,
 *   MED_LOG_UNAVAILABLE, MED_REGISTRY_UNAVAILABLE
 */
export async function migrateLog(plan: PipelinePlan, log: RecordLog, codecs: RowCodecs): Promise<void> {
  await ensurePipelineTopics(plan, log);
  if (plan.mode === 'triggered') await new RunMarks(plan.name, log).ensure();
  for (const { topic, schema } of writtenSchemas(plan)) await codecs.encoder(topic, schema);
}
