import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compileExpression, ExpressionError, parseExpression, type SqlExpression, toSql } from '@medallion/expressions';
import { type AnyRow, type Field, type FieldType, postgresType, type Value } from '@medallion/schema';
import pg from 'pg';
import { COLUMNS, FIELDS, type Random, randomExpression, seeded } from '../test/random-expressions.ts';
import { testDatabase } from '../test/test-database.ts';
import { dateText, ident, literal, timestampText } from './sql-text.ts';

const SEED = Number(process.env.EXPRESSIONS_SEED ?? Date.now() % 1_000_000_000);
const ROWS = 24;
const PER_QUERY = 40;
const QUERIES = Number(process.env.EXPRESSION_QUERIES ?? 60);

let client: pg.Client;
before(async () => {
  client = new pg.Client({ connectionString: await testDatabase() });
  await client.connect();
  // What a session may set must not change a result.
  await client.query(
    `SET TimeZone = 'America/St_Johns'; SET DateStyle = 'German, DMY'; SET IntervalStyle = 'iso_8601'`,
  );
  const columns = FIELDS.map((f) => `${ident(f.name)} ${postgresType(f.type)}`).join(', ');
  await client.query(`CREATE TEMPORARY TABLE samples (id integer, ${columns})`);
});
after(() => client.end());

function storedText(type: FieldType, value: Value): string {
  if (value === null) return 'NULL';
  if (type.kind === 'date') return literal(dateText(value as never));
  if (type.kind === 'timestamp') return literal(timestampText(value as never));
  return literal(Object.is(value, -0) ? '-0' : String(value));
}

async function fill(random: Random): Promise<AnyRow[]> {
  const rows = Array.from(
    { length: ROWS },
    (): AnyRow => Object.fromEntries(COLUMNS.map(({ field, values }) => [field.name, values[random(values.length)]!])),
  );
  const tuples = rows.map((row, id) => `(${id}, ${FIELDS.map((f) => storedText(f.type, row[f.name]!)).join(', ')})`);
  await client.query(`TRUNCATE samples; INSERT INTO samples VALUES ${tuples.join(', ')}`);
  return rows;
}

/** A value of Postgres in the form in which rows hold it. */
function shown(sql: string, type: FieldType | null): string {
  if (type?.kind === 'date') return `(${sql}) - '1970-01-01'::date`;
  if (type?.kind === 'timestamp') return `(extract(epoch FROM ${sql}) * 1000)::double precision`;
  if (type?.kind === 'long' || type?.kind === 'decimal') return `(${sql})::double precision`;
  return sql;
}

async function answers(expressions: readonly SqlExpression[]): Promise<readonly unknown[][]> {
  const list = expressions.map((e) =>
    shown(
      toSql(e, (name) => `samples.${ident(name)}`),
      e.type,
    ),
  );
  const text = `SELECT ${list.join(',\n')} FROM samples ORDER BY id`;
  const { rows } = await client.query({ text, rowMode: 'array' });
  return rows;
}

const same = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'number' && Object.is(a, b));

function valid(random: Random): SqlExpression {
  for (;;) {
    const text = randomExpression(random, 1 + random(4));
    try {
      return parseExpression(text, FIELDS);
    } catch (error) {
      // A choice of % over decimals, or of a word that an enum never is.
      assert.ok(error instanceof ExpressionError, String(error));
    }
  }
}

test(`a compiled expression gives what Postgres answers to its SQL (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  for (let query = 0; query < QUERIES; query++) {
    const rows = await fill(random);
    const expressions = Array.from({ length: PER_QUERY }, () => valid(random));
    let answered: readonly unknown[][];
    try {
      answered = await answers(expressions);
    } catch (error) {
      for (const e of expressions)
        await answers([e]).catch((cause) => assert.fail(`${cause}\n${e.text}\n${toSql(e, ident)}`));
      throw error;
    }
    for (const [i, expression] of expressions.entries()) {
      const compiled = compileExpression(expression);
      for (const [id, row] of rows.entries()) {
        const [own, theirs] = [compiled(row), answered[id]![i]];
        const columns = Object.fromEntries(expression.columns.map((name) => [name, row[name]]));
        if (!same(own, theirs))
          assert.fail(
            `${expression.text}\nin ${JSON.stringify(columns)} is ${JSON.stringify(own)}, in Postgres ${JSON.stringify(theirs)}\n${toSql(expression, ident)}`,
          );
        assert.ok(own !== null || expression.nullable, `${expression.text} is never NULL, they say`);
      }
    }
  }
});

const OPERANDS = { number: ['x', 'y', '1', '2'], text: ['v', "'a'", "'b%'"], boolean: ['p', 'q', 'TRUE'] } as const;
const SMALL: readonly Field[] = [
  { name: 'x', type: { kind: 'int' }, nullable: true },
  { name: 'y', type: { kind: 'int' }, nullable: true },
  { name: 'v', type: { kind: 'string' }, nullable: true },
  { name: 'p', type: { kind: 'boolean' }, nullable: true },
  { name: 'q', type: { kind: 'boolean' }, nullable: true },
];

/** Operators without parentheses: what belongs together is the parser's decision. */
function loose(random: Random, sort: keyof typeof OPERANDS, depth: number): string {
  const sub = (of: keyof typeof OPERANDS): string => loose(random, of, depth - 1);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  if (depth === 0) return pick(OPERANDS[sort]);
  if (sort === 'number')
    return pick([() => `${sub('number')} ${pick(['+', '-', '*'])} ${sub('number')}`, () => `- ${sub('number')}`])();
  if (sort === 'text') return `${sub('text')} || ${sub('text')}`;
  return pick([
    () => `${sub('boolean')} ${pick(['AND', 'OR', '=', '<>'])} ${sub('boolean')}`,
    () => `${sub('number')} ${pick(['=', '<', '>='])} ${sub('number')}`,
    () => `NOT ${sub('boolean')}`,
    () => `${sub('boolean')} IS ${pick(['NULL', 'NOT NULL', 'TRUE', 'NOT FALSE'])}`,
    () => `${sub('number')} ${pick(['', 'NOT '])}BETWEEN ${sub('number')} AND ${sub('number')}`,
    () => `${sub('number')} ${pick(['', 'NOT '])}IN (${sub('number')}, ${sub('number')})`,
    () => `${sub('text')} ${pick(['', 'NOT '])}LIKE ${pick(["'a%'", "'%b'"])}`,
  ])();
}

test(`operators bind as in Postgres, which refuses what the parser refuses (seed ${SEED})`, async () => {
  const random = seeded(SEED + 1);
  const values = `(VALUES (1, 2, 'a', true, false), (2, 2, 'b', false, NULL), (NULL, 3, NULL, NULL, true), (-1, 1, 'ab', true, true))`;
  const rows = (await client.query<AnyRow>(`SELECT * FROM ${values} AS r(x, y, v, p, q)`)).rows;
  let accepted = 0;
  for (let i = 0; i < 1500; i++) {
    const text = loose(random, random(2) === 0 ? 'boolean' : 'number', 1 + random(4));
    const theirs = await client
      .query<{ value: unknown }>(`SELECT ${text} AS value FROM ${values} AS r(x, y, v, p, q)`)
      .then(({ rows: found }) => found.map((row) => row.value))
      .catch(() => null);
    let own: readonly unknown[] | null = null;
    try {
      own = rows.map(compileExpression(parseExpression(text, SMALL)));
    } catch (error) {
      assert.ok(error instanceof ExpressionError, String(error));
    }
    assert.deepEqual(own, theirs, text);
    if (own !== null) accepted++;
  }
  assert.ok(accepted > 500, `only ${accepted} were valid`);
});
