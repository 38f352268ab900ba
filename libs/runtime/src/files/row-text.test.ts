import assert from 'node:assert/strict';
import { test } from 'node:test';
import { date, decimal, list, long, row, string, timestamp, valueCast } from '@medallion/schema';
import { backfillReader } from '../backfill/backfill-reader.ts';
import type { LogRecord } from '../ports/index.ts';
import { HEADER } from '../protocol/trace.ts';
import { rowText, rowValues } from './row-text.ts';

const Line = row('Line', { day: date(), n: long() });
const Sale = row('Sale', {
  ...{ id: string(), n: long(), big: long(), price: decimal(8, 2), at: timestamp(), day: date(), noon: date() },
  lines: list(Line),
});
const midnight = new Date(Date.UTC(2025, 0, 2));
const value = {
  ...{
    id: Buffer.from('ü'),
    n: 7n,
    big: 9_007_199_254_740_993n,
    price: 12.340000000000002,
    at: midnight,
    day: midnight,
  },
  ...{ noon: new Date(Date.UTC(2025, 0, 2, 12)), lines: [{ day: midnight, n: 1n }, null], more: Buffer.from('x') },
};
const text = rowText({ row: 0, value, text: null });

test('the text of a row of values casts to the row that its values cast to', () => {
  const cast = valueCast(Sale);
  const [first, again] = [cast(value), cast(rowValues(text, Sale))];
  assert.deepEqual(again.row, first.row);
  assert.equal(again.row.day, 20_090);
  assert.match(again.rescued ?? '', /"big":9007199254740993,/);
  assert.match(again.rescued ?? '', /"noon":"2025-01-02T12:00:00.000Z"/);
});

test('B4 so a backfill of Parquet brings the days, decimals and digits that reading the file brings', () => {
  const source = { kind: 'topic', topic: 'raw', format: 'json', key: 'id', declared: Sale } as const;
  const headers = { [HEADER.cast]: Buffer.from('values') };
  const record: LogRecord = { offset: 0, key: null, value: Buffer.from(text), headers, timestampMs: 0 };
  const read = backfillReader(source).read(record, { topic: 'file', partition: 0 }, 0 as never);
  assert.ok('row' in read);
  const { id, n, big, price, day, lines } = read.row;
  assert.deepEqual([id, n, big, price, day], ['ü', 7, null, 12.34, 20_090]);
  assert.deepEqual(structuredClone(lines), [
    { day: 20_090, n: 1 },
    { day: null, n: null },
  ]);
});
