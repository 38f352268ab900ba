import { MedallionError } from '@medallion/core';
import { type RegistryOptions, schemaDifferences, subjectVersions } from '@medallion/kafka';
import type { PipelinePlan } from '@medallion/pipeline';
import type { SubjectSchemas } from '../contract/index.ts';

/** Versions of a subject that are shown, the newest. */
const VERSIONS = 20;
/** Subjects that are asked for at once. */
const AT_ONCE = 4;

/**
 * The schemas of a pipeline's tables as the registry has them, each version with what it changed.
 *
 * @throws MED_NOT_CONFIGURED without a registry, MED_REGISTRY_UNAVAILABLE
 */
export async function schemasOf(
  plan: PipelinePlan,
  registry: RegistryOptions | undefined,
): Promise<readonly SubjectSchemas[]> {
  if (registry === undefined) throw new MedallionError('MED_NOT_CONFIGURED', { settings: 'SCHEMA_REGISTRY_URL' });
  const topics = plan.tables.flatMap((table) => {
    if (table.kind === 'streaming_table') return [{ table: table.name, topic: table.topic }];
    return table.kind === 'keyed_table' ? [{ table: table.name, topic: table.changelogTopic }] : [];
  });
  const found: SubjectSchemas[] = [];
  for (let at = 0; at < topics.length; at += AT_ONCE)
    found.push(...(await Promise.all(topics.slice(at, at + AT_ONCE).map((each) => schemaOf(registry, each)))));
  return found;
}

async function schemaOf(
  registry: RegistryOptions,
  { table, topic }: { readonly table: string; readonly topic: string },
): Promise<SubjectSchemas> {
  const subject = `${topic}-value`;
  // One more than is shown, so that the first one that is shown says what it changed.
  const known = await subjectVersions(registry, subject, VERSIONS + 1);
  const versions = known?.versions ?? [];
  const told = versions.map(({ version, id, schema }, i) => ({
    ...{ version, id, schema },
    changes: i === 0 ? [] : [...schemaDifferences(versions[i - 1]!.schema, schema)],
  }));
  return { subject, table, compatibility: known?.compatibility ?? null, versions: told.slice(-VERSIONS) };
}
