import assert from 'node:assert/strict';
import { compileExpression, parseCondition, parseExpression, toSql } from '@medallion/expressions';
import {
  boolean,
  date,
  decimal,
  double,
  type Field,
  fieldsOf,
  int,
  long,
  nullable,
  string,
  timestamp,
} from '@medallion/schema';
import fc from 'fast-check';
import { entrance } from '../engine/fuzz.ts';
import { mutated } from '../hostile/bytes.ts';
import { CODE, hostileText, INHERITED, NUMBERS } from '../hostile/texts.ts';

export const COLUMNS: readonly Field[] = fieldsOf({
  name: nullable(string()),
  constructor: nullable(string()),
  n: nullable(int()),
  big: nullable(long()),
  x: nullable(double()),
  ok: nullable(boolean()),
  price: nullable(decimal(10, 2)),
  day: nullable(date()),
  at: nullable(timestamp()),
});

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const WORDS = [
  ...COLUMNS.map(({ name }) => name),
  ...INHERITED,
  ...NUMBERS,
  ...[
    'AND',
    'OR',
    'NOT',
    'IS',
    'NULL',
    'IN',
    'LIKE',
    'BETWEEN',
    'CASE',
    'WHEN',
    'THEN',
    'ELSE',
    'END',
    'CAST',
    'AS',
    'TRUE',
  ],
  ...[
    '(',
    ')',
    ',',
    '=',
    '<>',
    '<',
    '>=',
    '+',
    '-',
    '*',
    '/',
    '%',
    '||',
    "'",
    '"',
    '--',
    '/*',
    ';',
    '$1',
    '::',
    '.',
    '\\',
  ],
  ...['lower', 'coalesce', 'length', 'substring', 'round', 'abs', 'date_trunc', 'pg_sleep', 'regexp_replace', 'nullif'],
  ...['string', 'bigint', 'decimal(10,2)', 'date', 'timestamp', 'interval', 'DATE', 'TIMESTAMP'],
] as const;
const VALID = [
  "n > 0 AND name IN ('a', 'b')",
  "coalesce(name, 'x') LIKE '%\\_a%' OR x IS NULL",
  'CASE WHEN ok THEN price * 2 ELSE 0 END BETWEEN 1 AND 10.5',
  "lower(name) = 'y' AND NOT (big % 7 = 0)",
  "CAST(n AS string) || '-' || name <> ''",
  "day >= DATE '2025-01-01' AND at < TIMESTAMP '2025-12-24T00:00:00Z'",
  '"constructor" = \'c\'',
] as const;

const deep = fc
  .tuple(
    fc.integer({ min: 2, max: 4_000 }),
    fc.constantFrom(['(', ')'], ['NOT ', ''], ['-', ''], ['n+', ''], ['lower(', ')']),
  )
  .map(([depth, [open = '', close = '']]) => `${open.repeat(depth)}n${close.repeat(depth)} > 0`);

export const conditionTexts: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: mutated(fc.constantFrom(...VALID).map((text) => Buffer.from(text))).map((bytes) =>
      bytes.toString('utf8'),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom<string>(...WORDS), { maxLength: 12 }).map((words) => words.join(' ')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('name', 'n', '"constructor"'), fc.constantFrom('=', '<>', 'LIKE', '||'), hostileText)
      .map(([name, op, text]) => `${name} ${op} ${quote(text)}`),
  },
  { weight: 1, arbitrary: fc.constantFrom<string>(...CODE) },
  { weight: 1, arbitrary: hostileText },
  { weight: 1, arbitrary: deep },
);

const value = fc.oneof(fc.constant(null), fc.constantFrom(0, -1, 1, 2 ** 53 - 1, 1e308, 0.1, true, false), hostileText);
const ROW = Object.fromEntries(COLUMNS.map(({ name }) => [name, null]));
const RIGHT: Readonly<Record<string, unknown>> = {
  n: 5,
  big: 2 ** 53 - 1,
  x: -1e308,
  ok: true,
  price: 99.5,
  day: 20_000,
  at: 1_766_577_600_000,
};

/** Longer than the text, by a bound: what is quoted is doubled, what is cast has names of types, what CASE repeats is bounded. */
const MOST_SQL = 400;

export const expressions = entrance({
  name: 'sql-conditions',
  about: 'SQL of declarations and commands: parsed, typed, computed, and written as the text that Postgres gets',
  cases: fc.tuple(conditionTexts, value),
  together: 200,
  judge(batch, journal) {
    for (const [text, given] of batch)
      for (const parse of [parseCondition, parseExpression])
        try {
          const parsed = parse(text, COLUMNS);
          const sql = toSql(parsed, (name) => `t."${name}"`);
          checkSql(sql, text);
          const found = compileExpression(parsed)({
            ...ROW,
            ...RIGHT,
            name: typeof given === 'string' ? given.replaceAll('\0', '').toWellFormed() : 'a',
            constructor: 'c',
          } as never);
          assert.ok(
            found === null || ['boolean', 'number', 'string'].includes(typeof found),
            `it is computed to ${typeof found}`,
          );
          assert.ok(typeof found !== 'number' || !Number.isNaN(found), 'it is computed to NaN');
          journal.met('parsed');
        } catch (error) {
          // Whoever writes a condition reads back where its mistake is.
          journal.refused(error, { codes: ['MED_EXPRESSION_INVALID'], echoes: true });
        }
  },
});

/** Outside of quotes there is nothing that could end a statement, begin a comment, or name a parameter. */
function checkSql(sql: string, text: string): void {
  assert.ok(sql.length < MOST_SQL * (text.length + 10), `${sql.length} characters of SQL for ${text.length}`);
  assert.ok(!sql.includes('\0'));
  const bare = sql
    .replaceAll(/E'(?:[^'\\]|\\.|'')*'/gs, "''")
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/"(?:[^"]|"")*"/g, '""');
  assert.ok(
    !/;|--|\/\*|\$\d|\$\w*\$|\\|'[^']|[^']'$/.test(bare.replaceAll("''", '')),
    `of ${JSON.stringify(text)}: ${bare}`,
  );
}
