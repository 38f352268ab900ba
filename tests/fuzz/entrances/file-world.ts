import assert from 'node:assert/strict';
import { isMedallionError } from '@medallion/core';
import { type FileFormat, type FileRows, files, pipeline, streamingTable } from '@medallion/pipeline';
import type { FileMark, FileSource, FoundFile } from '@medallion/runtime';
import type { AnyRow, RowOf } from '@medallion/schema';
import { testPipeline } from '@medallion/testkit';
import { fileSourceOn } from '../../../libs/files/src/file-source.ts';
import type { Journal } from '../engine/journal.ts';
import { assertNeighbours, type RawEvent } from './events.ts';
import { MemoryStorage } from './memory-storage.ts';

/** A file that somebody dropped. */
export type Dropped = { readonly bytes: Buffer; readonly gzipped: boolean };

const START: FileMark = { row: 0, byte: 0, line: 0 };
/** More rows than bytes, and some: what no file can hold. */
const ROWS_OF_NOTHING = 10_000;
/** Every so many of the files goes through a pipeline. */
const THROUGH = 4;

type Seen = {
  readonly rows: readonly unknown[];
  readonly broken: number;
  readonly marks: readonly FileMark[];
  readonly code: string | null;
};

/** All that a reader makes of a file from a mark on. Whatever it refuses, it refuses with a code. */
async function readAll(
  source: FileSource,
  file: FoundFile,
  format: FileFormat,
  from: FileMark,
  most: number,
): Promise<Seen> {
  const rows: unknown[] = [];
  const marks: FileMark[] = [];
  let broken = 0;
  try {
    for await (const batch of source.read(file, format, from)) {
      for (const row of batch.rows) {
        rows.push('broken' in row ? [row.row, row.broken] : [row.row, row.text ?? Object.keys(row.value)]);
        if ('broken' in row) broken++;
      }
      marks.push(batch.next);
      assert.ok(rows.length <= most, `${rows.length} rows of ${file.sizeBytes} bytes`);
    }
    return { rows, broken, marks, code: null };
  } catch (error) {
    if (!isMedallionError(error)) throw error;
    assert.equal(error.code, 'MED_FILE_UNREADABLE', error.message);
    return { rows, broken, marks, code: error.code };
  }
}

/** A pipeline that reads files of a format in three ways: what nobody declared is rescued, left out, or becomes a column. */
function planOf(rows: FileRows<RowOf<typeof RawEvent>>) {
  const landed = { pattern: '*', format: rows, key: 'event_id', partitions: 1 } as const;
  const rescuing = streamingTable('rescuing').from(files('in', { ...landed, raw: true }));
  const strict = streamingTable('strict').from(files('in', { ...landed, evolution: 'none' }));
  const growing = streamingTable('growing').from(files('in', { ...landed, evolution: 'add_new_columns' }));
  const tables = [rescuing, strict, growing] as const;
  return { plan: pipeline('fuzz-files', { tables: [...tables] }), tables };
}

/**
 * Reads hostile files among valid ones: through the reader alone, from the start and from every place where it may go on, and
 * through a pipeline.
 */
export async function readsAmongNeighbours(
  rows: FileRows<RowOf<typeof RawEvent>>,
  dropped: readonly Dropped[],
  neighbourFile: (i: number) => Buffer,
  journal: Journal,
): Promise<void> {
  const storage = new MemoryStorage();
  const source = fileSourceOn(storage, { settleMs: 0 });
  let neighbours = 0;
  for (const [i, { bytes, gzipped }] of dropped.entries()) {
    if (i % THROUGH === 0) storage.put(`in/${String(i).padStart(4, '0')}-a`, neighbourFile(neighbours++));
    const alone = storage.put(`alone/file${gzipped ? '.gz' : ''}`, bytes);
    // All are read; a part of them also goes through a pipeline, which takes ten times as long.
    if (i % THROUGH === 0) storage.put(`in/${String(i).padStart(4, '0')}-b${gzipped ? '.gz' : ''}`, bytes);
    const most = (gzipped ? bytes.length * 1_100 : bytes.length) + ROWS_OF_NOTHING;
    const whole = await readAll(source, alone, rows.format, START, most);
    journal.met(whole.code ?? (whole.broken > 0 ? 'some rows broken' : 'read'));
    // A place in the middle is one of those that a reader gave.
    const mark = whole.marks[Math.floor(whole.marks.length / 2)];
    if (mark !== undefined && whole.marks.length > 1) {
      const rest = await readAll(source, alone, rows.format, mark, most);
      assert.deepEqual(rest.rows, whole.rows.slice(mark.row), 'a file that is read on is another one');
    }
  }
  storage.put('in/9999-last', neighbourFile(neighbours++));
  const { plan, tables } = planOf(rows);
  const test = testPipeline(plan, { files: source, logger: journal.log });
  await test.run();
  for (const table of tables) {
    const all = (await test.rows(table)) as unknown as readonly AnyRow[];
    assertNeighbours(all, neighbours, table.name);
  }
}
