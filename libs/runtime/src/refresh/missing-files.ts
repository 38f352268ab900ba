import { flowsOf, type PipelinePlan } from '@medallion/pipeline';
import { fromFileRecord } from '../files/file-log.ts';
import type { FileSource, RecordLog } from '../ports/index.ts';

/** Files, by what the pipeline reads them for, that were read once and are not there any more. */
export type MissingFiles = {
  /** The folder and the pattern. */
  readonly source: string;
  /** In the order in which they were found; null: nobody can look, as where the files are is not known. */
  readonly paths: readonly string[] | null;
};

/** So many are named. */
const NAMED = 5;

/**
 * What the logs of found files name and nobody has any more, of the flows of these tables: files that went, or were replaced
 * by another version.
 *
 * @throws MED_FILES_UNAVAILABLE
 */
export async function missingFilesOf(
  log: RecordLog,
  plan: PipelinePlan,
  tables: readonly string[],
  files: FileSource | undefined,
): Promise<readonly MissingFiles[]> {
  const missing: MissingFiles[] = [];
  const flows = plan.tables.filter(({ name }) => tables.includes(name)).flatMap(flowsOf);
  for (const { source } of flows) {
    if (source.kind !== 'files' && source.kind !== 'snapshot') continue;
    const named = await namedIn(log, source.filesTopic);
    if (named.size === 0) continue;
    const name = `${source.path}/${source.pattern}`;
    if (files === undefined) {
      missing.push({ source: name, paths: null });
      continue;
    }
    const found = await files.list(source.path, source.pattern);
    const there = new Set(found.files.map(({ path, version }) => `${path} ${version}`));
    const paths = [...named].filter(([key]) => !there.has(key)).map(([, path]) => path);
    if (paths.length > 0) missing.push({ source: name, paths });
  }
  return missing;
}

/** As a person reads it. */
export const missingFilesText = (missing: readonly MissingFiles[]): string =>
  missing
    .map(({ source, paths }) => {
      if (paths === null) return `whether the files of ${source} are still there is not known (set LANDING_URL)`;
      const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
      return `of ${source} are gone, or are other versions: ${paths.slice(0, NAMED).join(', ')}${more}`;
    })
    .join('; ');

/** The versions of files that a log names, with their paths. */
async function namedIn(log: RecordLog, topic: string): Promise<ReadonlyMap<string, string>> {
  const named = new Map<string, string>();
  for (const { partition } of (await log.partitions(topic)) ?? [])
    for await (const records of log.read({ topic, partition }, 0))
      for (const record of records) {
        const entry = fromFileRecord(record);
        if (entry !== null) named.set(`${entry.path} ${entry.version}`, entry.path);
      }
  return named;
}
