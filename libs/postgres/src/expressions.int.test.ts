import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compileExpression, ExpressionError, parseExpression, type SqlExpression } from '@medallion/expressions';
import type { AnyRow, Field } from '@medallion/schema';
import { COLUMNS, drawing, FIELDS, type Random, randomExpression } from '../test/random-expressions.ts';
import { openSamples, type Samples } from '../test/samples.ts';
import { testDatabase } from '../test/test-database.ts';

const SEED = Number(process.env.EXPRESSIONS_SEED ?? Date.now() % 1_000_000_000);
const ROWS = 24;
const PER_QUERY = 40;
const QUERIES = Number(process.env.EXPRESSION_QUERIES ?? 60);

let samples: Samples;
before(async () => {
  samples = await openSamples(await testDatabase());
});
after(() => samples.close());

const rowsOf = (random: Random): AnyRow[] =>
  Array.from(
    { length: ROWS },
    (): AnyRow => Object.fromEntries(COLUMNS.map(({ field, values }) => [field.name, values[random(values.length)]!])),
  );

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
  const random = drawing(SEED);
  for (let query = 0; query < QUERIES; query++) {
    await samples.fill(rowsOf(random));
    await samples.compare(Array.from({ length: PER_QUERY }, () => valid(random)));
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
  const random = drawing(SEED + 1);
  const values = `(VALUES (1, 2, 'a', true, false), (2, 2, 'b', false, NULL), (NULL, 3, NULL, NULL, true), (-1, 1, 'ab', true, true))`;
  const rows = await samples.query<AnyRow>(`SELECT * FROM ${values} AS r(x, y, v, p, q)`);
  let accepted = 0;
  for (let i = 0; i < 1500; i++) {
    const text = loose(random, random(2) === 0 ? 'boolean' : 'number', 1 + random(4));
    const theirs = await samples
      .query<{ value: unknown }>(`SELECT ${text} AS value FROM ${values} AS r(x, y, v, p, q)`)
      .then((found) => found.map((row) => row.value))
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
