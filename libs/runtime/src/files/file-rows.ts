import { assertNever, epochDay } from '@medallion/core';
import { FILE_AUDIT, type FilesPlan, RAW } from '@medallion/pipeline';
import {
  type CastResult,
  jsonCast,
  type RowSchema,
  textCast,
  unlessTooDeep,
  type Value,
  valueCast,
} from '@medallion/schema';
import type { FileRow, LogRecord } from '../ports/index.ts';
import type { Read, RecordReader } from '../streaming/record-reader.ts';
import type { FileEntry } from './file-log.ts';
import { rawJson, rowText } from './row-text.ts';
import { rowOffset } from './virtual-offset.ts';

/** A row of a file as a record of a log: what is kept of it when it is refused, and what it reads as. */
export type FileRecord = LogRecord & { readonly read: Read };

/** A row of a file that is one. */
type WholeRow = Extract<FileRow, { readonly value: unknown }>;

/** Reads what `FileRows` has made. */
export const fileRecordReader: RecordReader = {
  prepare: async () => {},
  read: (record) => (record as FileRecord).read,
};

/** Turns the rows of a source's files into records, in the file's order. */
export class FileRows {
  readonly #source: FilesPlan;
  readonly #declared: ReadonlySet<string>;
  readonly #cast: (row: WholeRow) => CastResult;

  /** `declared`: the columns that rows are cast to, those that were added included. */
  constructor(source: FilesPlan, declared: RowSchema = source.declared) {
    this.#source = source;
    this.#declared = new Set(declared.fields.map(({ name }) => name));
    this.#cast = castOf(source, declared);
  }

  /** The key of the record that a row becomes. */
  keyOf(row: FileRow): Buffer | null {
    return 'broken' in row ? null : keyOf(unlessTooDeep(() => this.#cast(row).row[this.#source.key]) ?? null);
  }

  /** Columns of the row that nobody declared. */
  undeclared(row: FileRow): readonly string[] {
    return 'broken' in row ? [] : Object.keys(row.value).filter((name) => !this.#declared.has(name));
  }

  /**
   * The record of a row. Its time of ingestion is when the file was found, not when the row happens to be read: so rows
   * are a function of the log and the files alone, and a repetition is judged as the original was.
   */
  record(entry: FileEntry, row: FileRow): FileRecord {
    if ('broken' in row) {
      const where = row.line === null ? `row ${row.row}` : `line ${row.line}`;
      const reason = `${entry.path}, ${where}: ${row.broken}`;
      return this.#made(entry, row.row, row.line, null, row.bytes, { outcome: 'unparseable', reason });
    }
    const reason = `${entry.path}, row ${row.row}: it is nested too deeply`;
    return (
      unlessTooDeep(() => this.#whole(entry, row)) ??
      this.#made(entry, row.row, null, null, Buffer.from(row.text ?? ''), { outcome: 'unparseable', reason })
    );
  }

  #whole(entry: FileEntry, row: WholeRow): FileRecord {
    const taken = this.#source.evolution === 'none' ? this.#withoutUndeclared(row) : row;
    const { row: cast, rescued } = this.#cast(taken);
    cast[FILE_AUDIT.rescued] = rescued;
    cast[FILE_AUDIT.ingestedAt] = entry.foundAt;
    cast[FILE_AUDIT.ingestedOn] = epochDay(entry.foundAt);
    cast[FILE_AUDIT.file] = entry.path;
    cast[FILE_AUDIT.row] = row.row;
    // All of it, also what `evolution` leaves out of the columns; the same text as in quarantine.
    if (this.#source.raw === true) cast[RAW] = rowText(row);
    return this.#made(entry, row.row, null, keyOf(cast[this.#source.key]), payloadOf(row), { row: cast });
  }

  /** The record that stands for the rest of a file that cannot be read. */
  unreadable(entry: FileEntry, row: number, reason: string): FileRecord {
    const where = row === 0 ? 'it' : `it from row ${row} on`;
    const read: Read = { outcome: 'unparseable', reason: `${entry.path}: ${reason}; nothing of ${where} was read` };
    return this.#made(entry, row, null, null, Buffer.alloc(0), read);
  }

  #made(
    entry: FileEntry,
    row: number,
    line: number | null,
    key: Buffer | null,
    value: Buffer | (() => Buffer),
    read: Read,
  ) {
    const headers = { file: entry.path, row: String(row), ...(line === null ? {} : { line: String(line) }) };
    return new RowRecord(rowOffset(entry.offset, row), key, value, headers, entry.modifiedAt, read);
  }

  #withoutUndeclared(row: WholeRow): WholeRow {
    if (this.undeclared(row).length === 0) return row;
    const kept = (all: Readonly<Record<string, unknown>>) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => this.#declared.has(name)));
    const text = row.text === null ? null : JSON.stringify(kept(exactly(row.text)));
    return { row: row.row, value: kept(row.value), text };
  }
}

/** Refused rows are few, so their payload is made when it is asked for. */
class RowRecord implements FileRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly read: Read;
  readonly #value: Buffer | (() => Buffer);

  constructor(
    offset: number,
    key: Buffer | null,
    value: Buffer | (() => Buffer),
    headers: Readonly<Record<string, string>>,
    timestampMs: number,
    read: Read,
  ) {
    this.offset = offset;
    this.key = key;
    this.#value = value;
    this.headers = headers;
    this.timestampMs = timestampMs;
    this.read = read;
  }

  get value(): Buffer {
    return typeof this.#value === 'function' ? this.#value() : this.#value;
  }
}

/** The columns that reading adds to the declared ones of files. */
export const fileColumns = ({ raw }: Pick<FilesPlan, 'raw'>): readonly string[] =>
  raw === true ? [...Object.values(FILE_AUDIT), RAW] : Object.values(FILE_AUDIT);

function castOf(source: FilesPlan, declared: RowSchema): (row: WholeRow) => CastResult {
  const room = fileColumns(source);
  const { format } = source;
  switch (format.kind) {
    case 'json_lines':
    case 'json': {
      const cast = jsonCast(declared, room);
      return ({ value, text }) => cast(value, () => text ?? JSON.stringify(value)) as CastResult;
    }
    case 'csv': {
      const cast = textCast(declared, room);
      return ({ value }) => cast(value as Readonly<Record<string, string | null>>);
    }
    case 'parquet': {
      const cast = valueCast(declared, room);
      return ({ value }) => cast(value);
    }
    default:
      return assertNever(format, 'format');
  }
}

/** The text of a key, as other producers write it; null for none. */
function keyOf(value: Value | undefined): Buffer | null {
  return value === null || value === undefined ? null : Buffer.from(String(value));
}

const payloadOf = (row: WholeRow) => () => Buffer.from(rowText(row));

/** JSON whose numbers are kept as they were written. */
const exactly = (text: string): Record<string, unknown> =>
  JSON.parse(text, ((_name: string, value: unknown, context: { readonly source?: string }) =>
    typeof value === 'number' && context.source !== undefined ? rawJson(context.source) : value) as never) as Record<
    string,
    unknown
  >;
