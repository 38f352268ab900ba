import { isMedallionError } from '@medallion/core';
import { localAddresses } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import { compareSchemas } from '@medallion/kafka';
import { rehearseMigration } from '@medallion/postgres';
import { rehearseTopics, writtenSchemas } from '@medallion/runtime';
import { type Answer, EXIT, type Surroundings } from '../answer.ts';
import { registryOf, withLog } from '../connect.ts';

/** What a start would do to one thing. */
type Step = {
  readonly where: 'kafka' | 'registry' | 'postgres';
  readonly what: string;
  readonly change: string;
  readonly destructive: boolean;
};

/** Why a start would be refused. */
type Refusal = { readonly code: string; readonly message: string; readonly remedy: string };

/**
 * `medallion plan`: what a start of the services would create, change, rebuild or refuse. It runs what a start runs, and
 * keeps nothing of it. Exit code 3 when a start would be refused, or something would be lost without `--allow`.
 */
export async function plan(
  [name]: readonly string[],
  { allow = false }: { readonly allow?: string | boolean | undefined },
  around: Surroundings,
): Promise<Answer> {
  const pipeline = await loadPipeline(name as string);
  const { databaseUrl } = localAddresses(around.env);
  const [topics, schemas, migration] = await Promise.all([
    withLog(around, (log) => rehearseTopics(pipeline, log)),
    compareSchemas(registryOf(around), writtenSchemas(pipeline)),
    rehearseMigration(databaseUrl, pipeline),
  ]);
  const steps: readonly Step[] = [
    ...topics.missing.map(({ topic, partitions }) => ({
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
  const lost = steps.filter(({ destructive }) => destructive);
  return {
    data: { pipeline: pipeline.name, steps, refused },
    lines: [
      ...(steps.length === 0 && refused.length === 0 ? ['a start would change nothing'] : []),
      ...steps.map(
        ({ where, what, change, destructive }) =>
          `${destructive ? '!' : '+'} ${where.padEnd(8)} ${what}: ${change}${destructive ? ' (destructive)' : ''}`,
      ),
      ...refused.map(({ code, message }) => (message.startsWith(code) ? `✗ ${message}` : `✗ ${code}: ${message}`)),
      ...(lost.length > 0 && !allow ? [`${lost.length} destructive: --allow says that this is meant`] : []),
    ],
    exit: refused.length > 0 || (lost.length > 0 && !allow) ? EXIT.checksFailed : EXIT.fine,
  };
}
