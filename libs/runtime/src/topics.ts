import { assertNever, MedallionError } from '@medallion/core';
import {
  type FlowPlan,
  flowsOf,
  type KeyedTablePlan,
  type PipelinePlan,
  type StreamingTablePlan,
  streamingTables,
} from '@medallion/pipeline';
import type { RecordLog, TopicSpec } from './ports/index.ts';
import { MAX_MESSAGE_BYTES } from './protocol/trace.ts';
import { refuseUnfinished } from './refresh/refreshes.ts';

/** Traces are kept longer than rows: a person has to find them. */
export const QUARANTINE_RETENTION_MS = 30 * 86_400_000;
const FOR_EVER = -1;
/** So long a flow has to find out that another writer stood in its way, and to write again what that one hid (SPEC K5). */
const CHANGELOG_LAG_MS = 86_400_000;
/** All states of one table follow one another. */
const SNAPSHOT_PARTITIONS = 1;

/** `input`: the topic whose count it has; of a log of files the folder. */
type Wanted = TopicSpec & { readonly input: string; readonly readers?: true };

/**
 * What every flow asks for before it starts: that no table is being rebuilt, and that the topics are there.
 *
 * @throws MED_REFRESH_UNFINISHED, MED_TOPIC_MISSING, MED_PARTITIONS_CHANGED
 */
export async function ensurePipelineTopics(plan: PipelinePlan, log: RecordLog): Promise<void> {
  await refuseUnfinished(plan, log);
  await createPipelineTopics(plan, log);
}

/**
 * Creates the topics of a pipeline's tables with the partition counts of their inputs, and checks those that exist.
 *
 * @throws MED_TOPIC_MISSING when an external topic does not exist, MED_PARTITIONS_CHANGED when counts differ,
 *   MED_READERS_CHANGED when a source of files has another number of readers.
 */
export async function createPipelineTopics(plan: PipelinePlan, log: RecordLog): Promise<void> {
  const wanted: Wanted[] = filesTopics(plan);
  const partitionsOf = new Map(wanted.map(({ topic, partitions }) => [topic, partitions]));
  const counted = async (topic: string): Promise<number> => {
    const found = partitionsOf.get(topic) ?? (await log.partitions(topic))?.length;
    if (found === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    partitionsOf.set(topic, found);
    return found;
  };
  for (const table of plan.tables) {
    if (table.kind !== 'streaming_table' && table.kind !== 'keyed_table') continue;
    const flows = flowsOf(table);
    const input = inputTopicOf(plan, flows[0]!);
    // Rows of files go to the partitions of their keys, however many read the files.
    const given = (flow: FlowPlan) =>
      flow.source.kind === 'files' ? flow.source.partitions : counted(inputTopicOf(plan, flow));
    const partitions = await given(flows[0]!);
    for (const flow of flows) {
      const actual = await given(flow);
      if (actual !== partitions) throw changed(inputTopicOf(plan, flow), actual, input, partitions);
    }
    const own = { partitions, maxMessageBytes: MAX_MESSAGE_BYTES, input };
    const topic = table.kind === 'keyed_table' ? changelogTopic(table) : rowsTopic(table);
    partitionsOf.set(topic.topic, partitions);
    wanted.push({ ...topic, ...own });
    wanted.push({ topic: table.quarantineTopic, retentionMs: QUARANTINE_RETENTION_MS, ...own });
  }
  await log.ensureTopics(wanted);
  for (const { topic, partitions, input, readers } of wanted) {
    const actual = (await log.partitions(topic))?.length;
    if (actual === undefined) throw new MedallionError('MED_TOPIC_MISSING', { topic });
    if (actual === partitions) continue;
    throw readers
      ? new MedallionError('MED_READERS_CHANGED', { topic, actual, path: input, expected: partitions })
      : changed(topic, actual, input, partitions);
  }
}

const changed = (topic: string, actual: number, input: string, expected: number): MedallionError =>
  new MedallionError('MED_PARTITIONS_CHANGED', { topic, actual, input, expected });

type Kind = Omit<TopicSpec, 'partitions' | 'maxMessageBytes'>;

const rowsTopic = ({ topic, retentionMs, storage: { cleanup } }: StreamingTablePlan): Kind => ({
  topic,
  retentionMs,
  cleanup,
});

const changelogTopic = ({ changelogTopic: topic, tombstoneRetentionMs }: KeyedTablePlan): Kind => ({
  topic,
  retentionMs: FOR_EVER,
  cleanup: 'compact',
  compaction: { lagMs: CHANGELOG_LAG_MS, tombstoneRetentionMs },
});

/** The logs of found files: neither compacted nor cut off, as they decide what was read already. */
function filesTopics(plan: PipelinePlan): Wanted[] {
  const sources = plan.tables.flatMap(flowsOf).map(({ source }) => source);
  return sources.flatMap((source) => {
    if (source.kind !== 'files' && source.kind !== 'snapshot') return [];
    const partitions = source.kind === 'snapshot' ? SNAPSHOT_PARTITIONS : source.readers;
    const kept = { retentionMs: FOR_EVER, maxMessageBytes: MAX_MESSAGE_BYTES };
    return [{ topic: source.filesTopic, partitions, ...kept, input: source.path, readers: true as const }];
  });
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

/** The topics that a pipeline reads and none of its tables writes. */
export const externalTopicsOf = (plan: PipelinePlan): readonly string[] => [
  ...new Set(
    plan.tables
      .flatMap(flowsOf)
      .flatMap(({ source }) => (source.kind === 'topic' && !isWritten(plan, source.topic) ? [source.topic] : [])),
  ),
];

const isWritten = (plan: PipelinePlan, topic: string): boolean =>
  plan.tables.some(
    (table) =>
      (table.kind === 'streaming_table' && table.topic === topic) ||
      (table.kind === 'keyed_table' && table.changelogTopic === topic),
  );
