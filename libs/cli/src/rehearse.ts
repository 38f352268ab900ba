import { isMedallionError } from '@medallion/core';
import { compareSchemas } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import { rehearseMigration } from '@medallion/postgres';
import { externalTopicsOf, type RecordLog, rehearseTopics, writtenSchemas } from '@medallion/runtime';
import type { Surroundings } from './answer.ts';
import { databaseUrlOf, registryOf, withLog } from './connect.ts';

/** What a start would do to one thing. */
export type Step = {
  readonly where: 'kafka' | 'registry' | 'postgres';
  readonly what: string;
  readonly change: string;
  readonly destructive: boolean;
};

/** Why a start would be refused. */
export type Refusal = { readonly code: string; readonly message: string; readonly remedy: string };

/** A topic and its partitions. */
type Made = { readonly topic: string; readonly partitions: number };

/**
 * What a start of a pipeline's services would create, change, rebuild or refuse. It runs what a start runs, and keeps nothing.
 *
 * @param sources partitions of topics that others write and that are taken for made, where they are missing
 */
export async function rehearse(
  pipeline: PipelinePlan,
  around: Surroundings,
  sources: number | null = null,
): Promise<{ readonly steps: readonly Step[]; readonly refused: readonly Refusal[] }> {
  const made: Made[] = [];
  // Before anything is begun: what throws in between would leave a promise that nobody hears of, which ends the process.
  const registry = registryOf(around);
  const databaseUrl = databaseUrlOf(around);
  const [topics, schemas, migration] = await Promise.all([
    withLog(around, (log) => rehearseTopics(pipeline, withSources(log, pipeline, sources, made))),
    compareSchemas(registry, writtenSchemas(pipeline)),
    rehearseMigration(databaseUrl, pipeline),
  ]);
  const steps: readonly Step[] = [
    ...[...made, ...topics.missing].map(({ topic, partitions }) => ({
      ...{ where: 'kafka' as const, what: `topic ${topic}`, destructive: false },
      change: `created with ${partitions} partitions`,
    })),
    ...schemas
      .filter(({ change }) => change === 'new' || change === 'compatible')
      .map(({ subject, change }) => ({
        ...{ where: 'registry' as const, what: `subject ${subject}`, destructive: false },
        change: change === 'new' ? 'created' : 'given a new version, compatible',
      })),
    ...migration.changes.map(({ name: what, kind, change, destructive }) => ({
      ...{ where: 'postgres' as const, what: `${kind} ${pipeline.schemaName}.${what}`, change, destructive },
    })),
  ];
  const refused: readonly Refusal[] = [
    ...[topics.refused, migration.refused].filter(isMedallionError).map(({ code, message, remedy }) => ({
      ...{ code, message, remedy },
    })),
    ...schemas
      .filter(({ change }) => change === 'incompatible')
      .map(({ subject, reason }) => ({
        code: 'MED_SCHEMA_INCOMPATIBLE',
        message: `the schema of ${subject} is not compatible with the registered one: ${reason}`,
        remedy: 'add new columns as nullable, and declare removed ones again; or give the table a new name',
      })),
  ];
  return { steps, refused };
}

/** The log as it will be with the sources of a pipeline, which are noted where they are missing. */
const withSources = (log: RecordLog, plan: PipelinePlan, partitions: number | null, made: Made[]): RecordLog => ({
  ...log,
  partitions: async (topic) => {
    const found = await log.partitions(topic);
    if (found !== null || partitions === null || !externalTopicsOf(plan).includes(topic)) return found;
    if (!made.some((each) => each.topic === topic)) made.push({ topic, partitions });
    return Array.from({ length: partitions }, (_, partition) => ({ partition, low: 0, high: 0 }));
  },
});
