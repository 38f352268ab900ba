import { isMedallionError, MedallionError } from '@medallion/core';
import { rowText } from '../files/row-text.ts';
import { START_OF_FILE } from '../files/virtual-offset.ts';
import type { FileRow, FileSource, RecordLog } from '../ports/index.ts';
import type { BackfilledFiles, BackfilledTopic, Reached } from './backfill-plan.ts';
import type { Brought } from './backfill-record.ts';

/** Consecutive records, and how far the backfill is when they are in its topic (`records` is counted by who stages them). */
export type Piece = { readonly brought: readonly Brought[]; readonly reached: Omit<Reached, 'records'> };

const CASTS = { json: 'json', json_lines: 'json', csv: 'text', parquet: 'values' } as const;

/**
 * The rows of files from a place on, each file in the version that it had when the backfill was begun.
 *
 * @throws MED_BACKFILL_SOURCE_CHANGED, MED_FILES_UNAVAILABLE
 */
export async function* readFiles(
  id: string,
  { format, files }: BackfilledFiles,
  source: FileSource,
  keyOf: (row: FileRow) => Buffer | null,
  from: Reached,
): AsyncGenerator<Piece> {
  const cast = CASTS[format.kind];
  let index = from.next ?? 0;
  const brought = (path: string, row: FileRow): Brought => {
    const place = { topic: path, partition: 0, offset: row.row };
    const common = { partition: 0, index: index++, place, headers: {}, cast } as const;
    if ('broken' in row) return { ...common, key: null, value: row.bytes, broken: row.broken };
    const value = Buffer.from(rowText(row));
    return { ...common, key: keyOf(row), value };
  };
  for (let part = from.part; part < files.length; part++) {
    const file = files[part]!;
    const mark = part === from.part ? (from.mark ?? START_OF_FILE) : START_OF_FILE;
    try {
      for await (const { rows, next } of source.read(file, format, mark)) {
        const piece = rows.map((row) => brought(file.path, row));
        yield { brought: piece, reached: { part, next: index, mark: next } };
      }
    } catch (error) {
      if (!isMedallionError(error) || error.code !== 'MED_FILE_UNREADABLE') throw error;
      const { reason } = error.details as { readonly reason: string };
      throw new MedallionError(
        'MED_BACKFILL_SOURCE_CHANGED',
        { id, what: `${file.path} (${reason})` },
        { cause: error },
      );
    }
    yield { brought: [], reached: { part: part + 1, next: index, mark: null } };
  }
}

/**
 * The records of a topic's ranges from a place on.
 *
 * @throws MED_BACKFILL_SOURCE_CHANGED when retention has removed some of them meanwhile
 */
export async function* readTopic(
  id: string,
  { topic, ranges, fromMs, toMs }: BackfilledTopic,
  log: RecordLog,
  from: Reached,
): AsyncGenerator<Piece> {
  for (let part = from.part; part < ranges.length; part++) {
    const range = ranges[part]!;
    let next = (part === from.part ? from.next : null) ?? range.from;
    const low = (await log.partitions(topic))?.find(({ partition }) => partition === range.partition)?.low;
    if (next < range.to && (low === undefined || low > next)) {
      const what = `${topic}[${range.partition}] from offset ${next} on`;
      throw new MedallionError('MED_BACKFILL_SOURCE_CHANGED', { id, what });
    }
    if (next < range.to)
      for await (const records of log.read({ topic, partition: range.partition }, next)) {
        const wanted = records.filter(
          ({ offset, timestampMs }) =>
            offset >= next &&
            offset < range.to &&
            (fromMs === null || timestampMs >= fromMs) &&
            (toMs === null || timestampMs < toMs),
        );
        next = Math.max(next, Math.min(range.to, records.at(-1)!.offset + 1));
        yield {
          brought: wanted.map(({ offset, key, value, headers }) => ({
            partition: range.partition,
            index: offset - range.from,
            place: { topic, partition: range.partition, offset },
            ...{ key, value, headers, cast: null },
          })),
          reached: { part, next, mark: null },
        };
        if (next >= range.to) break;
      }
    yield { brought: [], reached: { part: part + 1, next: null, mark: null } };
  }
}
