import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import type { FileFormat, FilesPlan, SourcePlan } from '@medallion/pipeline';
import { backfillReader } from '../backfill/backfill-reader.ts';
import { FileRows } from '../files/file-rows.ts';
import { field, schemaOf } from '../fixtures/plans.ts';
import type { FileRow, LogRecord } from '../ports/index.ts';
import { HEADER } from '../protocol/trace.ts';
import { avroReader, jsonReader, type Read } from './record-reader.ts';

/** `_raw`: the text that a row was read from. */

const declared = schemaOf(field('id', 'string'), field('n', 'long'));
const topic: Extract<SourcePlan, { kind: 'topic' }> = {
  kind: 'topic',
  topic: 'raw',
  format: 'json',
  key: 'id',
  declared,
};
const filesOf = (format: FileFormat, over: Partial<FilesPlan> = {}): FilesPlan => ({
  ...{ kind: 'files', path: 'in', pattern: '*', format, declared, evolution: 'rescue', key: 'id' },
  ...{ partitions: 1, readers: 1, filesTopic: 'files', raw: true },
  ...over,
});
const AT = { topic: 'raw', partition: 0 };
const NOW = instant(1_000);
const recordOf = (value: string, headers: Readonly<Record<string, string>> = {}): LogRecord => ({
  ...{ offset: 3, key: null, value: Buffer.from(value), timestampMs: 0 },
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
});
const rawOf = (read: Read) => ('row' in read ? read.row._raw : read.reason);
/** Spaces, a repeated name, digits and an escape that no parser would give back. */
const TEXT = '{ "id":"a",\t"n": 1.0, "n":2, "x":12345678901234567890, "y":"\\u0041", "ü":"\\u0000" } ';

test('JSON is kept as it came, character by character', () => {
  const read = jsonReader({ ...topic, raw: true }).read(recordOf(TEXT), AT, NOW);
  assert.equal(rawOf(read), TEXT);
  assert.ok('row' in read && read.row.n === 2);
});

test('who does not ask for the text has no column of it', () => {
  const read = jsonReader(topic).read(recordOf(TEXT), AT, NOW);
  assert.ok('row' in read && !('_raw' in read.row));
});

test('what cannot be parsed is no row, and its bytes are what is kept', () => {
  const read = jsonReader({ ...topic, raw: true }).read(recordOf('{"id":'), AT, NOW);
  assert.ok('outcome' in read && read.outcome === 'unparseable');
});

test('an undeclared column named like it is rescued, and the text is the record’s', () => {
  const text = '{"id":"a","_raw":"mine"}';
  const read = jsonReader({ ...topic, raw: true }).read(recordOf(text), AT, NOW);
  assert.ok('row' in read);
  assert.deepEqual([read.row._raw, read.row._rescued_data], [text, '{"_raw":"mine"}']);
});

test('of Avro, which is no text, it is what was decoded as JSON: all digits, times as text, bytes in base64', () => {
  const record = { id: 'a', n: 9_007_199_254_740_993n, at: new Date(0), bytes: Uint8Array.of(255, 0), none: null };
  const decoder = { prepare: async () => {}, decode: () => ({ record }) };
  const read = avroReader({ ...topic, format: 'avro', raw: true }, decoder).read(recordOf('\0'), AT, NOW);
  assert.equal(
    rawOf(read),
    '{"id":"a","n":9007199254740993,"at":"1970-01-01T00:00:00.000Z","bytes":"/wA=","none":null}',
  );
});

const entry = { path: 'in/a', sizeBytes: 1, modifiedAt: NOW, version: '1', foundAt: NOW, offset: 0 };
const rowOf = (source: FilesPlan, row: FileRow) => new FileRows(source).record(entry as never, row);

test('of files it is the object as it stands in the file, also what the columns leave out', () => {
  const row: FileRow = { row: 0, value: JSON.parse(TEXT) as Record<string, unknown>, text: TEXT };
  for (const evolution of ['rescue', 'none'] as const)
    assert.equal(rawOf(rowOf(filesOf({ kind: 'json_lines' }, { evolution }), row).read), TEXT);
});

test('of CSV it is an object of its texts, of Parquet one of its values', () => {
  const csv: FileRow = { row: 0, value: { id: 'a', n: ' 01', x: null }, text: null };
  assert.equal(rawOf(rowOf(filesOf({ kind: 'csv', delimiter: ',' }), csv).read), '{"id":"a","n":" 01","x":null}');
  const parquet: FileRow = {
    row: 0,
    value: { id: 'a', n: 9_007_199_254_740_993n, b: Buffer.of(255), u: Buffer.from('ü') },
    text: null,
  };
  assert.equal(
    rawOf(rowOf(filesOf({ kind: 'parquet' }), parquet).read),
    '{"id":"a","n":9007199254740993,"b":{"base64":"/w=="},"u":"ü"}',
  );
});

test('what is backfilled or redriven has the text that its first reading had', () => {
  for (const format of [{ kind: 'json_lines' }, { kind: 'csv', delimiter: ',' }] as const) {
    const source = filesOf(format);
    const row: FileRow =
      format.kind === 'csv'
        ? { row: 0, value: { id: 'a', n: ' 01' }, text: null }
        : { row: 0, value: JSON.parse(TEXT) as Record<string, unknown>, text: TEXT };
    const first = rowOf(source, row);
    const again = recordOf(String(first.value), { [HEADER.cast]: format.kind === 'csv' ? 'text' : 'json' });
    for (const reader of [backfillReader(source), backfillReader({ ...topic, raw: true })])
      assert.equal(rawOf(reader.read(again, AT, NOW)), rawOf(first.read));
  }
});
