import { MedallionError } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';
import type { FileSource, FoundFile, PartitionRange, RecordLog } from '../ports/index.ts';
import type { BackfilledFiles, BackfilledTopic, BackfillSource } from './backfill-plan.ts';

/** Where a range of a topic begins or ends: an offset of every partition, or a time of the records' own timestamps. */
export type Bound = { readonly offset: number } | { readonly timeMs: number };

/** What is asked for: files below the root of a file source, or a range of a topic. */
export type AskedFor =
  | {
      readonly kind: 'files';
      /** The root, for people and to tell one request from another. */
      readonly url: string;
      readonly pattern: string;
      readonly format: FileFormat;
    }
  | { readonly kind: 'topic'; readonly topic: string; readonly from: Bound | null; readonly to: Bound | null };

/** What a source is chosen with. */
export type SourceParts = {
  readonly log: RecordLog;
  /** Where the files are; absent for a topic. */
  readonly files?: FileSource;
  readonly sleep: (ms: number) => Promise<void>;
};

/** Files of one backfill; their names are one record. */
const MOST_FILES = 10_000;
/** Listings until all files are whole, and the time between two of them. */
const LOOKS = 60;
const PAUSE_MS = 250;

/**
 * Decides what a backfill reads: the files that are there now, or the offsets up to the ends that the topic has now.
 *
 * @throws MED_BACKFILL_REFUSED, MED_TOPIC_MISSING, MED_FILES_UNAVAILABLE
 */
export async function chosenSource(
  { log, files, sleep }: SourceParts,
  asked: AskedFor,
  table: string,
): Promise<BackfillSource> {
  if (asked.kind === 'topic') return chosenRanges(log, asked);
  if (files === undefined) throw new Error('invariant violated: a backfill of files needs a file source');
  return chosenFiles({ files, sleep }, asked, table);
}

async function chosenFiles(
  parts: Required<Pick<SourceParts, 'files' | 'sleep'>>,
  { url, pattern, format }: Extract<AskedFor, { kind: 'files' }>,
  table: string,
): Promise<BackfilledFiles> {
  const refused = (reason: string, advice: string) =>
    new MedallionError('MED_BACKFILL_REFUSED', { table, reason, advice });
  const found = await whole(parts, pattern);
  if (found === null) throw refused(`files in ${url} are still written to`, 'try again when they are whole');
  if (found.length === 0) throw refused(`no file in ${url} matches ${pattern}`, 'correct --files');
  if (found.length > MOST_FILES)
    throw refused(`${found.length} files are too many for one`, `give at most ${MOST_FILES} at a time`);
  return {
    kind: 'files',
    format,
    files: found.map(({ path, sizeBytes, modifiedAt, version }) => ({ path, sizeBytes, modifiedAt, version })),
  };
}

/** All files once none of them is written to any more; null when that does not come. */
async function whole(
  { files: source, sleep }: Required<Pick<SourceParts, 'files' | 'sleep'>>,
  pattern: string,
): Promise<readonly FoundFile[] | null> {
  for (let look = 0; look < LOOKS; look++) {
    const { files, settling } = await source.list('', pattern);
    if (settling.length === 0) return files;
    await sleep(PAUSE_MS);
  }
  return null;
}

async function chosenRanges(
  log: RecordLog,
  { topic, from, to }: Extract<AskedFor, { kind: 'topic' }>,
): Promise<BackfilledTopic> {
  const partitions = await log.partitions(topic);
  if (partitions === null) throw new MedallionError('MED_TOPIC_MISSING', { topic });
  const timeOf = (bound: Bound | null) => (bound !== null && 'timeMs' in bound ? bound.timeMs : null);
  const within = ({ low, high }: PartitionRange, bound: Bound | null, otherwise: number) =>
    bound !== null && 'offset' in bound ? Math.min(high, Math.max(low, bound.offset)) : otherwise;
  const ranges = partitions.map((range) => ({
    partition: range.partition,
    from: within(range, from, range.low),
    to: within(range, to, range.high),
  }));
  return {
    kind: 'topic',
    topic,
    partitions: partitions.length,
    ranges: ranges.filter((range) => range.from < range.to),
    fromMs: timeOf(from),
    toMs: timeOf(to),
  };
}
