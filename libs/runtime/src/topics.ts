import { MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import { streamingTables } from './gold/gold-input.ts';
import type { RecordLog, TopicSpec } from './ports/index.ts';
import { MAX_MESSAGE_BYTES } from './protocol/trace.ts';

/** Traces are kept longer than rows: a person has to find them. */
const QUARANTINE_RETENTION_MS = 30 * 86_400_000;

/**
 * Creates the topics of a pipeline's tables with the partition counts of their inputs, and checks those that exist.
 *
 * @throws MED_TOPIC_MISSING when an external topic does not exist, MED_PARTITIONS_CHANGED when counts differ.
 */
export async function ensurePipelineTopics(plan: PipelinePlan, log: RecordLog): Promise<void> {
  const partitionsOf = new Map<string, number>();
  const wanted: (TopicSpec & { readonly input: string })[] = [];
  for (const table of streamingTables(plan)) {
    const input = table.source.kind === 'topic' ? table.source.topic : topicOf(plan, table.source.table);
    const partitions = partitionsOf.get(input) ?? (await log.partitions(input))?.length;
    if (partitions === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic: input });
    partitionsOf.set(table.topic, partitions);
    const common = { partitions, maxMessageBytes: MAX_MESSAGE_BYTES, input };
    wanted.push({ topic: table.topic, retentionMs: table.retentionMs, ...common });
    wanted.push({ topic: table.quarantineTopic, retentionMs: QUARANTINE_RETENTION_MS, ...common });
  }
  await log.ensureTopics(wanted);
  for (const { topic, partitions, input } of wanted) {
    const actual = (await log.partitions(topic))?.length;
    if (actual === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    if (actual !== partitions)
      throw new MedallionError('MED_PARTITIONS_CHANGED', { topic, actual, input, expected: partitions });
  }
}

/** The topic of a table of a plan. */
export function topicOf(plan: PipelinePlan, name: string): string {
  const table = streamingTables(plan).find((each) => each.name === name);
  if (table === undefined) throw new Error(`invariant violated: no table ${name} in ${plan.name}`);
  return table.topic;
}
