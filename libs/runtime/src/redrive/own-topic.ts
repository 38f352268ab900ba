import { MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { RecordLog } from '../ports/index.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';
import { ensurePipelineTopics, inputTopicOf } from '../topics.ts';
import type { RedrivenFlow } from './redriven-flow.ts';

const FOR_EVER = -1;

/**
 * Creates the topic of a redrive or backfill, unless it is there, with as many partitions as the original flow reads; that
 * number. It is kept for ever: without a checkpoint of its group the flow reads it again from its start, which changes
 * nothing, and who rebuilds the table needs it.
 *
 * @throws MED_TOPIC_MISSING, MED_PARTITIONS_CHANGED
 */
export async function ensureOwnTopic(
  log: RecordLog,
  plan: PipelinePlan,
  { original, topic }: RedrivenFlow,
): Promise<number> {
  const input = inputTopicOf(plan, original);
  // The topics of the pipeline itself may be made here as well as by its services.
  if ((await log.partitions(input)) === null) await ensurePipelineTopics(plan, log);
  const partitions = (await log.partitions(input))?.length;
  if (partitions === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic: input });
  await log.ensureTopics([{ topic, partitions, retentionMs: FOR_EVER, maxMessageBytes: MAX_MESSAGE_BYTES }]);
  const actual = (await log.partitions(topic))?.length;
  if (actual !== undefined && actual !== partitions)
    throw new MedallionError('MED_PARTITIONS_CHANGED', { topic, actual, input, expected: partitions });
  return partitions;
}
