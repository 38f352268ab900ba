import { parquetWriteBuffer } from 'hyparquet-writer';
import type { LandedFile } from './scenario.ts';

type Row = Readonly<Record<string, unknown>>;

const numbered = (folder: string, n: number, ending: string): string =>
  `${folder}/${folder.split('/').at(-1)}_${String(n).padStart(4, '0')}.${ending}`;

/** One JSON object a line; texts are lines as they are, which may be broken. */
export const jsonLinesFile = (folder: string, n: number, rows: readonly (Row | string)[]): LandedFile => ({
  path: numbered(folder, n, 'json'),
  bytes: Buffer.from(rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('')),
});

/** One JSON array of objects. */
export const jsonArrayFile = (folder: string, n: number, rows: readonly Row[]): LandedFile => ({
  path: numbered(folder, n, 'json'),
  bytes: Buffer.from(`[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`),
});

const csvValue = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** RFC 4180 with a header line; null is an empty unquoted value. */
export const csvFile = (folder: string, n: number, columns: readonly string[], rows: readonly Row[]): LandedFile => ({
  path: numbered(folder, n, 'csv'),
  bytes: Buffer.from(
    [columns, ...rows.map((row) => columns.map((name) => csvValue(row[name])))]
      .map((line) => `${line.join(',')}\n`)
      .join(''),
  ),
});

/** A column of a Parquet file. */
export type ParquetColumn = {
  readonly name: string;
  readonly type: 'STRING' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMP';
};

/** A Parquet file of one row group; INT64 values are given as numbers. */
export const parquetFile = (
  folder: string,
  n: number,
  columns: readonly ParquetColumn[],
  rows: readonly Row[],
): LandedFile => ({
  path: numbered(folder, n, 'parquet'),
  bytes: Buffer.from(
    parquetWriteBuffer({
      columnData: columns.map(({ name, type }) => ({
        name,
        type,
        nullable: true,
        data: rows.map((row) => {
          const value = row[name] ?? null;
          return type === 'INT64' && typeof value === 'number' ? BigInt(value) : value;
        }),
      })),
    }),
  ),
});
