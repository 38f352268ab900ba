import { partitionOfKey } from '@medallion/runtime';
import type { Look } from '@medallion/testkit';
import { brokenBy, type Fields, isDropped, type Stream } from '../../oracle/stream.ts';
import { ROWS_PER_FILE } from '../behind-checkpoint.ts';
import type { Sent } from '../draw.ts';
import { placeAt } from '../placed.ts';

/** A change as the world outside sent it, and what has to become of it. */
export type RawRow = {
  /** Of a file: of the entry that names it in the log of files, and its row (S10). */
  readonly place: string;
  /** Null: nobody can read it. */
  readonly fields: Fields | null;
  /** The rules that it breaks. */
  readonly broken: readonly string[];
  readonly isDropped: boolean;
  /** The partition of the tables that it is in. */
  readonly partition: number;
};

/** What came for a stream, in the order of each of its partitions: records of its topic, or rows of files that were found. */
export function rawRows(look: Look, stream: Stream): readonly RawRow[] {
  const table = look.plan.tables.find(({ name }) => name === stream.bronze);
  const source = table?.kind === 'streaming_table' ? table.flows[0]!.source : null;
  if (source?.kind === 'topic')
    return (look.cluster.topic(source.topic) ?? []).flatMap((log, partition) =>
      log.archive.map(({ offset, value }) => rawRow(stream, { partition, offset }, parsed(String(value)), partition)),
    );
  if (source?.kind !== 'files') throw new Error(`${stream.bronze} reads neither a topic nor files`);
  return entriesOf(look, source.filesTopic).flatMap(({ partition, offset, path }) => {
    const at = (row: number) => ({ partition, offset: offset * ROWS_PER_FILE + row });
    return rowsOfFile(look, path).map((sent, row) => {
      const fields = typeof sent === 'string' ? null : sent;
      const key = fields === null ? null : (stream.read(fields)[stream.partitionedBy] ?? null);
      // Rows without a key stay with their file.
      const to = key === null ? partition : partitionOfKey(Buffer.from(String(key)), source.partitions);
      return rawRow(stream, at(row), fields, to);
    });
  });
}

function rawRow(
  stream: Stream,
  at: { readonly partition: number; readonly offset: number },
  value: Readonly<Record<string, unknown>> | null,
  partition: number,
): RawRow {
  const fields = value === null ? null : stream.read(value);
  const broken = fields === null ? [] : brokenBy(stream, fields);
  return { place: placeAt(at), fields, broken, isDropped: isDropped(stream, broken), partition };
}

function parsed(value: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

/** The files that a log of files names, each where it is named first. */
export function entriesOf({ cluster }: Look, filesTopic: string) {
  return (cluster.topic(filesTopic) ?? []).flatMap(({ archive }, partition) => {
    const named = new Set<string>();
    return archive.flatMap(({ offset, key }) => {
      const path = String(key);
      if (named.has(path)) return [];
      named.add(path);
      return [{ partition, offset, path }];
    });
  });
}

/** What a file held when it was whole: it is taken no earlier. */
const rowsOfFile = ({ scenario }: Look, path: string): readonly Sent[] =>
  scenario.files?.findLast((file) => file.path === path)?.rows ?? [];
