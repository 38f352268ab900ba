import { isUtf8 } from 'node:buffer';
import { messageOf } from '@medallion/core';
import type { FileBatch, FileMark, FileRow } from '@medallion/runtime';
import { type CsvFields, csvCut, csvFields } from './csv-records.ts';
import { jsonLinesCut } from './json-lines.ts';
import { isSpace, JsonValues, shapeOf } from './json-values.ts';
import { type Cut, cutRows, FileFault, type Take } from './pieces.ts';

/** The bytes of a file from a position on, whatever they are kept as. */
export type Bytes = (from: number) => AsyncIterable<Buffer>;

/** A mark in a text file. */
type TextMark = FileMark & { readonly byte: number };

/** A piece of text that is a row, or a broken one. */
type RawRow = { readonly row: number; readonly line: number; readonly bytes: Buffer; readonly broken: string | null };

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** A text file has no NUL; looked for where a compressed file, an image, UTF-16 show it. */
const PROBED_BYTES = 1024;

const raw: Take<RawRow> = (bytes, { start, end, broken }, row, line) =>
  broken === null && isBlank(bytes, start, end) ? null : { row, line, bytes: bytes.subarray(start, end), broken };

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isSpace(bytes[at]!)) return false;
  return true;
}

const brokenRow = ({ row, line, bytes }: RawRow, reason: string): FileRow => ({
  row,
  line,
  // The parser's message quotes the text: short, and free of the NUL that Postgres refuses.
  broken: reason.slice(0, 160).replaceAll('\0', ''),
  // A copy: the row may be kept longer than the chunk that it is a part of.
  bytes: Buffer.from(bytes),
});

/** One JSON object a line. */
export async function* readJsonLines(bytes: Bytes, from: TextMark): AsyncGenerator<FileBatch> {
  for await (const { rows, next } of cutRows(text(bytes, from), jsonLinesCut, from, raw))
    yield { rows: rows.map(jsonRow), next };
}

/** One JSON array of objects, or one object. */
export async function* readJson(bytes: Bytes, from: TextMark): AsyncGenerator<FileBatch> {
  const values = new JsonValues(from.byte === 0 ? null : await shape(bytes));
  for await (const { rows, next } of cutRows(text(bytes, from), values.cut, from, raw))
    yield { rows: rows.map(jsonRow), next };
  values.ended();
}

async function shape(bytes: Bytes): Promise<'array' | 'object'> {
  for await (const chunk of text(bytes, { row: 0, byte: 0, line: 0 })) {
    const byte = chunk.find((each) => !isSpace(each));
    if (byte !== undefined) return shapeOf(byte);
  }
  throw new FileFault('the file holds no JSON');
}

/** Records of fields below a header line; an empty field without quotes is null. */
export async function* readCsv(bytes: Bytes, from: TextMark, delimiter: string): AsyncGenerator<FileBatch> {
  const cut = csvCut(delimiter);
  const fieldsOf = csvFields(delimiter);
  const header = await csvHeader(bytes, cut, fieldsOf);
  if (header === null) return;
  const start = from.byte === 0 ? header.next : from;
  const rowOf = csvRow(header.names);
  for await (const { rows, next } of cutRows(text(bytes, start), cut, start, raw)) {
    const whole = rows.filter(({ broken }) => broken === null);
    const fields = fieldsOf(whole.map((row) => row.bytes))[Symbol.iterator]();
    yield {
      rows: rows.map((row) =>
        row.broken === null ? rowOf(row, fields.next().value as CsvFields) : brokenRow(row, row.broken),
      ),
      next,
    };
  }
}

type Header = { readonly names: readonly string[]; readonly next: TextMark };

async function csvHeader(
  bytes: Bytes,
  cut: Cut,
  fieldsOf: (records: readonly Buffer[]) => readonly CsvFields[],
): Promise<Header | null> {
  let skipped = 0;
  const only: Take<RawRow & { readonly next: number }> = (all, piece, row, line) => {
    const found = raw(all, piece, row, line);
    if (found === null) skipped += piece.next - piece.start;
    return found === null ? null : { ...found, next: skipped + piece.next - piece.start };
  };
  for await (const { rows } of cutRows(
    text(bytes, { row: 0, byte: 0, line: 0 }),
    cut,
    { row: 0, byte: 0, line: 0 },
    only,
  )) {
    const first = rows[0]!;
    const fields = first.broken ?? fieldsOf([first.bytes])[0]!;
    if (typeof fields === 'string') throw new FileFault(`its header line cannot be read: ${fields}`);
    const names = fields.map((name, i) => name?.trim() || `_c${i}`);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new FileFault(`its header line names "${twice}" twice`);
    const lines = first.bytes.toString('latin1').split('\n').length;
    return { names, next: { row: 0, byte: first.next, line: first.line - 1 + lines } };
  }
  return null;
}

const csvRow =
  (names: readonly string[]) =>
  (row: RawRow, fields: CsvFields): FileRow => {
    if (typeof fields === 'string') return brokenRow(row, fields);
    if (fields.length !== names.length)
      return brokenRow(row, `the line has ${fields.length} values, the header ${names.length} names`);
    const value: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) set(value, names[i]!, fields[i]);
    return { row: row.row, value, text: null };
  };

/** As a column of its own, also when it is called `__proto__`. */
function set(value: Record<string, unknown>, name: string, field: unknown): void {
  if (name === '__proto__') Object.defineProperty(value, name, { value: field, enumerable: true });
  else value[name] = field;
}

function jsonRow(found: RawRow): FileRow {
  if (found.broken !== null) return brokenRow(found, found.broken);
  if (!isUtf8(found.bytes)) return brokenRow(found, 'the text is not UTF-8');
  const text = found.bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return brokenRow(found, 'the text is JSON, but no object');
    return { row: found.row, value: value as Readonly<Record<string, unknown>>, text };
  } catch (error) {
    return brokenRow(found, `the text is not JSON: ${messageOf(error)}`);
  }
}

/** The bytes from a mark on; at the start of the file without its byte order mark, which is white space to every reader here. */
async function* text(bytes: Bytes, from: TextMark): AsyncGenerator<Buffer> {
  let first = from.byte === 0;
  for await (const chunk of bytes(from.byte)) {
    if (first) {
      if (chunk.subarray(0, PROBED_BYTES).includes(0)) throw new FileFault('it is no text in UTF-8');
      // Blank, not removed: positions stay those of the file.
      if (chunk.subarray(0, BOM.length).equals(BOM)) chunk.fill(32, 0, BOM.length);
    }
    first = false;
    yield chunk;
  }
}
