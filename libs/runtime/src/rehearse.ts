import { isMedallionError, type MedallionError } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { RowSchema } from '@medallion/schema';
import type { RecordLog, TopicSpec } from './ports/index.ts';
import { changelogWriterSchema } from './protocol/changelog.ts';
import { ensurePipelineTopics } from './topics.ts';

/** What a start would do to the topics of a pipeline. */
export type TopicRehearsal = {
  readonly missing: readonly TopicSpec[];
  /** Why a start would be refused; null when it would not. */
  readonly refused: MedallionError | null;
};

/** Runs what a start does to topics, and creates none. @throws MED_LOG_UNAVAILABLE */
export async function rehearseTopics(plan: PipelinePlan, log: RecordLog): Promise<TopicRehearsal> {
  const missing: TopicSpec[] = [];
  const rehearsed: RecordLog = {
    ...log,
    partitions: async (topic) => {
      const spec = missing.find((each) => each.topic === topic);
      if (spec === undefined) return log.partitions(topic);
      return Array.from({ length: spec.partitions }, (_, partition) => ({ partition, low: 0, high: 0 }));
    },
    ensureTopics: async (specs) => {
      for (const spec of specs) if ((await log.partitions(spec.topic)) === null) missing.push(spec);
    },
  };
  try {
    await ensurePipelineTopics(plan, rehearsed);
    return { missing, refused: null };
  } catch (error) {
    if (!isMedallionError(error) || error.code === 'MED_LOG_UNAVAILABLE') throw error;
    return { missing, refused: error };
  }
}

/** The schemas that the flows of a pipeline write with, by topic. */
export const writtenSchemas = (plan: PipelinePlan): readonly { readonly topic: string; readonly schema: RowSchema }[] =>
  plan.tables.flatMap((table) => {
    if (table.kind === 'streaming_table') return [{ topic: table.topic, schema: table.schema }];
    return table.kind === 'keyed_table' ? [{ topic: table.changelogTopic, schema: changelogWriterSchema(table) }] : [];
  });
