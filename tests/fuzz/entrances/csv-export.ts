import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { readCsv } from '../../../libs/files/src/readers/text.ts';
import { csvHeader, csvHeaders, csvLines, csvStream } from '../../../services/dashboard/src/business/csv.ts';
import type { Row } from '../../../services/dashboard/src/contract/index.ts';
import { entrance } from '../engine/fuzz.ts';
import { hostileText } from '../hostile/texts.ts';

/** What a spreadsheet begins a formula with, also where it stands behind spaces, and what ends a field or a line. */
const PARTS = ['=', '+', '-', '@', '\t', '\r', '\n', '\r\n', '"', '""', ',', ';', "'", ' ', '\0', '\u00a0', '\ufeff'];
const FULL_WIDTH = ['\uff1d', '\uff0b', '\uff0d', '\uff20'];
const pieces = fc
  .array(fc.oneof(fc.constantFrom(...PARTS, ...FULL_WIDTH), fc.constantFrom('1+1', 'cmd|x', 'a'), hostileText), {
    maxLength: 5,
  })
  .map((all) => all.join('').slice(0, 2_000));
const text = fc.oneof(hostileText, pieces);
const TYPES = ['string', 'enum', 'list', 'long', 'double', 'decimal', 'boolean', 'timestamp'] as const;
const VALUES: Readonly<Record<(typeof TYPES)[number], fc.Arbitrary<unknown>>> = {
  string: text,
  enum: text,
  list: fc.array(fc.oneof(text, fc.dictionary(text, text, { maxKeys: 2 })), { maxLength: 2 }),
  long: fc.maxSafeInteger(),
  double: fc.constantFrom(-0.5, 1e308, 5e-324, -1e21),
  decimal: fc.constantFrom('-1.50', '99999999.99'),
  boolean: fc.boolean(),
  timestamp: fc.constantFrom('2025-12-24T10:00:00.000Z'),
};

/** A table of a few columns whose names and texts are anything. */
const table = fc
  .uniqueArray(fc.tuple(text, fc.constantFrom(...TYPES)), { minLength: 1, maxLength: 4, selector: ([name]) => name })
  .chain((named) =>
    fc.record({
      columns: fc.constant(named.map(([name, type]) => ({ name, type }))),
      rows: fc.array(
        fc
          .tuple(...named.map(([, type]) => fc.option(VALUES[type], { freq: 6 })))
          .map((values): Row => Object.fromEntries(named.map(([name], i) => [name, values[i]])) as Row),
        { maxLength: 4 },
      ),
      fileName: text,
    }),
  );

const TEXTS: readonly string[] = ['string', 'enum', 'list'];
/** Whether a spreadsheet may compute it: a sign of a formula comes first, behind any spaces, or a tab or `\r` among these. */
function isComputed(field: string): boolean {
  const behind = field.trimStart();
  return (
    ['=', '+', '-', '@', ...FULL_WIDTH].includes(behind.slice(0, 1)) ||
    /[\t\r]/.test(field.slice(0, -behind.length || undefined))
  );
}

/** The text that a field was made of: as it stands there, or without the quote that keeps it from being computed. */
const written = (value: unknown, type: string): string => {
  if (value === null) return '';
  const plain = typeof value === 'string' ? value : TEXTS.includes(type) ? JSON.stringify(value) : String(value);
  return (TEXTS.includes(type) && isComputed(plain) ? `'${plain}` : plain).toWellFormed();
};

/** Fields of a file by RFC 4180: within quotes all that stands there, two quotes for one. */
function fieldsOf(file: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const whole = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  while (whole.lastIndex < file.length) {
    const at = whole.lastIndex;
    const found = whole.exec(file);
    assert.ok(found !== null, `no field begins at ${at}: ${JSON.stringify(file.slice(at, at + 60))}`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  assert.deepEqual(row, [], 'the last line is whole');
  return rows;
}

/** What our own reader of files makes of the lines, behind names that it takes. */
async function readBack(lines: Buffer, columns: number): Promise<readonly (readonly string[])[]> {
  const names = Array.from({ length: columns }, (_, i) => `c${i}`);
  const file = Buffer.concat([Buffer.from(`${names.join()}\r\n`), lines]);
  const stream = async function* (from: number) {
    yield file.subarray(from);
  };
  const rows: (readonly string[])[] = [];
  for await (const batch of readCsv(stream, { row: 0, byte: 0, line: 0 }, ','))
    for (const row of batch.rows)
      rows.push('broken' in row ? [row.broken] : names.map((name) => String(row.value[name] ?? '')));
  return rows;
}

export const csvExport = entrance({
  name: 'csv-export',
  about: 'tables whose names and texts are anything, as the dashboard exports them',
  cases: table,
  together: 100,
  async judge(batch, journal) {
    for (const { columns, rows, fileName } of batch) {
      const disposition = csvHeaders(fileName)['content-disposition']!;
      assert.match(disposition, /^attachment; filename="[\w.-]*\.csv"$/);
      const [header, lines] = [csvHeader(columns), csvLines(columns, rows)];
      const sent: Buffer[] = [];
      const parts = (async function* () {
        yield header;
        yield lines;
      })();
      for await (const part of Readable.from(await csvStream(parts))) sent.push(Buffer.from(part as string));
      const file = Buffer.concat(sent).toString('utf8');
      const expected = rows.map((row) => columns.map(({ name, type }) => written(row[name] ?? null, type)));
      const found = fieldsOf(file);
      assert.deepEqual(found, [columns.map(({ name }) => written(name, 'string')), ...expected]);
      for (const row of found.slice(1))
        for (const [i, field] of row.entries())
          assert.ok(!TEXTS.includes(columns[i]!.type) || !isComputed(field), `computed: ${JSON.stringify(field)}`);
      // A line with nothing in it is none to our reader, and NUL is in no text of a table.
      if (columns.length > 1 && !file.includes('\0'))
        assert.deepEqual(await readBack(Buffer.from(lines), columns.length), expected);
      journal.met(rows.length === 0 ? 'a header alone' : 'read back');
    }
  },
});
