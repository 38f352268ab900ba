import { assertNever, MedallionError } from '@medallion/core';
import { type FlowPlan, type PipelinePlan, streamingTables } from '@medallion/pipeline';
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
    const [input, ...others] = [...new Set(table.flows.map((flow) => inputTopicOf(plan, flow)))] as [
      string,
      ...string[],
    ];
    const counted = async (topic: string): Promise<number> => {
      const found = partitionsOf.get(topic) ?? (await log.partitions(topic))?.length;
      if (found === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic });
      return found;
    };
    const partitions = await counted(input);
    for (const other of others)
      if ((await counted(other)) !== partitions)
        throw new MedallionError('MED_PARTITIONS_CHANGED', {
          topic: other,
          actual: await counted(other),
          input,
          expected: partitions,
        });
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

/** The topic that a flow reads. */
export function inputTopicOf(plan: PipelinePlan, { source }: FlowPlan): string {
  switch (source.kind) {
    case 'topic':
      return source.topic;
    case 'table':
      return topicOf(plan, source.table);
    case 'files':
    case 'snapshot':
      return source.filesTopic;
    default:
      return assertNever(source, 'source');
  }
}

/** The topic of a table of a plan. */
export function topicOf(plan: PipelinePlan, name: string): string {
  const table = streamingTables(plan).find((each) => each.name === name);
  if (table === undefined) throw new Error(`invariant violated: no table ${name} in ${plan.name}`);
  return table.topic;
}
