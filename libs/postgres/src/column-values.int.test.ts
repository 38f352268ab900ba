import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { silentLog } from '@medallion/core';
import {
  type AnyRow,
  date,
  decimal,
  double,
  list,
  long,
  nullable,
  postgresType,
  row,
  rowText,
  string,
  timestamp,
} from '@medallion/schema';
import fc from 'fast-check';
import { testDatabase } from '../test/test-database.ts';
import { arrayOf, elementOf } from './array-literal.ts';
import { createPool, defaultTimeouts } from './connection.ts';
import { binaryRows } from './copy-binary.ts';
import { CopyIn } from './copy-in.ts';
import { runPipelined } from './transaction.ts';

const databaseUrl = await testDatabase();
const pool = createPool({
  databaseUrl,
  poolSize: 1,
  applicationName: 'medallion-test',
  timeouts: defaultTimeouts,
  log: silentLog,
});
after(() => pool.end());

const Item = row('Item', {
  sku: string(),
  price: decimal(10, 2),
  ratio: double(),
  n: long(),
  at: timestamp(),
  day: date(),
});
const schema = row('Order', {
  money: decimal(15, 2),
  whole: decimal(15, 0),
  fraction: decimal(15, 15),
  few: decimal(4, 1),
  odd: decimal(11, 7),
  maybe: nullable(decimal(1, 0)),
  items: list(Item),
});
const { fields } = schema;

const plain = { noNullPrototype: true };
const decimals = (precision: number, scale: number) => {
  const most = 10 ** precision - 1;
  const edges = [
    0,
    1,
    -1,
    9,
    10,
    99,
    100,
    9_999,
    10_000,
    -10_000,
    99_990_000,
    10 ** 8,
    10 ** 12,
    most,
    -most,
    most - 9,
  ];
  const units = fc.oneof(fc.integer({ min: -most, max: most }), fc.constantFrom(...edges));
  return units.filter((n) => Math.abs(n) <= most).map((n) => n / 10 ** scale + 0);
};
const text = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0') && s.isWellFormed());
const item = fc.record(
  {
    sku: fc.option(fc.oneof(text, fc.constantFrom('"', '\\', '\u2028', '{}', "'", ','))),
    price: fc.option(decimals(10, 2)),
    ratio: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)),
    n: fc.option(fc.maxSafeInteger()),
    at: fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
    day: fc.option(fc.integer({ min: -719_162, max: 2_932_896 })),
  },
  plain,
);
const anyRow = fc.record(
  {
    money: decimals(15, 2),
    whole: decimals(15, 0),
    fraction: decimals(15, 15),
    few: decimals(4, 1),
    odd: decimals(11, 7),
    maybe: fc.option(decimals(1, 0)),
    items: fc.array(item, { maxLength: 4 }),
  },
  plain,
) as fc.Arbitrary<AnyRow>;

const columns = fields.map(({ name, type }) => `"${name}" ${postgresType(type)}`);
const write = rowText(schema);

/** Rows as texts that compare exactly, and as what they should be. */
async function stored(rows: readonly AnyRow[], insert: () => Promise<unknown>): Promise<void> {
  await pool.query(`CREATE TEMP TABLE t (${columns.join(', ')}, n bigserial)`);
  try {
    await insert();
    const numbers = fields.filter(({ type }) => type.kind === 'decimal').map(({ name }) => name);
    const texts = numbers.map((name) => `"${name}"::text`).join(', ');
    const { rows: read } = await pool.query<AnyRow>(`SELECT ${texts}, items FROM t ORDER BY n`);
    const expected = rows.map((value) => JSON.parse(write(value)) as AnyRow);
    assert.deepEqual(
      read.map((value) => value.items),
      expected.map((value) => value.items),
    );
    for (const name of numbers) {
      const type = fields.find((field) => field.name === name)!.type as { scale: number };
      assert.deepEqual(
        read.map((value) => value[name]),
        rows.map((value) => (value[name] === null ? null : Number(value[name]).toFixed(type.scale))),
      );
    }
    const { rows: numeric } = await pool.query<AnyRow>(`SELECT ${numbers.join(', ')} FROM t ORDER BY n`);
    for (const [i, value] of numeric.entries())
      for (const name of numbers) assert.equal(value[name], rows[i]![name], name);
  } finally {
    await pool.query('DROP TABLE t');
  }
}

const names = fields.map(({ name }) => `"${name}"`).join(', ');
const copyOf = binaryRows(fields);

test('decimals and lists are copied as they are, digit for digit (V1, V6)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 30 }), (rows) =>
      stored(rows, async () => {
        const client = await pool.connect();
        const copy = new CopyIn(`COPY t (${names}) FROM STDIN (FORMAT binary)`, copyOf(rows));
        await runPipelined(client, [copy]).finally(() => client.release());
      }),
    ),
    { numRuns: 40 },
  );
});

test('decimals and lists pass through array parameters as they are (V1, V6)', async () => {
  const unnest = fields.map(({ type }, i) => `$${i + 1}::${postgresType(type)}[]`).join(', ');
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 30 }), (rows) =>
      stored(rows, () =>
        pool.query(
          `INSERT INTO t (${names}) SELECT * FROM unnest(${unnest})`,
          fields.map(({ name, type }) => arrayOf(rows, (value) => value[name] ?? null, elementOf(type))),
        ),
      ),
    ),
    { numRuns: 40 },
  );
});

test('what is no value of its column is refused before it is sent (V2)', () => {
  const good: AnyRow = { money: 1, whole: 1, fraction: 0, few: 1, odd: 1, maybe: null, items: [] };
  for (const [column, value] of [
    ['money', 0.001],
    ['money', 1e13],
    ['few', 1000],
    ['money', '1'],
    ['items', 5],
  ] as const)
    assert.throws(() => copyOf([{ ...good, [column]: value }]), { name: 'RowRefusedError' }, column);
});
