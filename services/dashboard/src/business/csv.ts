import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { Row } from '../contract/index.ts';

/** The column of a CSV file: text is guarded, numbers and instants are as they are. */
export type CsvColumn = { readonly name: string; readonly type: string };

const TEXT = ['string', 'enum', 'list'];
/** What spreadsheets take for a formula, after spaces too. */
const FORMULA = /^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A value as a field: text that a spreadsheet would compute gets a quote before it. */
export function csvField(value: unknown, type: string): string {
  if (value === null || value === undefined) return '';
  if (!TEXT.includes(type)) return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Any line break is quoted: the library quotes those alone that are ours, and readers begin a line at a `\r` too. */
const LINES = { record_delimiter: 'windows', quoted_match: /[\r\n]/ } as const;

/** Rows as lines of CSV (RFC 4180), without the header. */
export const csvLines = (columns: readonly CsvColumn[], rows: readonly Row[]): string =>
  stringify(
    rows.map((row) => columns.map(({ name, type }) => csvField(row[name], type))),
    LINES,
  );

/** The first line: the names of columns, which are text too. */
export const csvHeader = (columns: readonly CsvColumn[]): string =>
  stringify([columns.map(({ name }) => csvField(name, 'string'))], LINES);

/** The headers of a file that is saved under that name. */
export const csvHeaders = (name: string): Readonly<Record<string, string>> => ({
  'content-type': 'text/csv; charset=utf-8; header=present',
  'content-disposition': `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}.csv"`,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
});

/** What is made piece by piece, as a stream. The first pieces are waited for, so that what goes wrong then is an answer still. */
export async function csvStream(pieces: AsyncGenerator<string>): Promise<Readable> {
  const first = [await pieces.next(), await pieces.next()].flatMap(({ value, done }) => (done === true ? [] : [value]));
  return Readable.from(
    (async function* () {
      yield* first;
      yield* pieces;
    })(),
  );
}
