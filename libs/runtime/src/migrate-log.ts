import { gainsColumns, type PipelinePlan } from '@medallion/pipeline';
import type { Field } from '@medallion/schema';
import { ensureDecisions } from './decisions/flow-decisions.ts';
import type { RecordLog, RowCodecs } from './ports/index.ts';
import { writtenSchemas } from './rehearse.ts';
import { RunMarks } from './runs/run-marks.ts';
import { ensureStops } from './stops/stop-notes.ts';
import { ensurePipelineTopics } from './topics.ts';

/**
 * Makes the topics of a pipeline and registers the schemas that its flows write with, as its services would at their start.
 *
 * @throws MED_TOPIC_MISSING, MED_PARTITIONS_CHANGED, MED_READERS_CHANGED, MED_REFRESH_UNFINISHED, MED_SCHEMA_INCOMPATIBLE,
 *   MED_LOG_UNAVAILABLE, MED_REGISTRY_UNAVAILABLE
 */
export async function migrateLog(plan: PipelinePlan, log: RecordLog, codecs: RowCodecs): Promise<void> {
  await ensurePipelineTopics(plan, log);
  await ensureDecisions(plan.name, log);
  await ensureStops(plan.name, log);
  if (plan.mode === 'triggered') await new RunMarks(plan.name, log).ensure();
  for (const { topic, schema } of writtenSchemas(plan)) await codecs.encoder(topic, schema);
}

/** So many of the newest records of a partition tell which columns are written now. */
const SAMPLE = 100;

/** The columns that tables gained from their files, by table, as the newest records in their topics have them. */
export async function columnsGained(
  plan: PipelinePlan,
  log: RecordLog,
  codecs: RowCodecs,
): Promise<ReadonlyMap<string, readonly Field[]>> {
  const gained = new Map<string, readonly Field[]>();
  for (const table of plan.tables) {
    if (table.kind !== 'streaming_table' || !gainsColumns(table)) continue;
    const decoder = await codecs.decoder(table.topic, table.schema);
    for (const { partition, low, high } of (await log.partitions(table.topic)) ?? [])
      for await (const records of log.read({ topic: table.topic, partition }, Math.max(low, high - SAMPLE)))
        await decoder.prepare(records.map(({ value }) => value));
    if (decoder.beyond().length > 0) gained.set(table.name, decoder.beyond());
  }
  return gained;
}
