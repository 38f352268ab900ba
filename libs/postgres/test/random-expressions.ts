import type { Field, FieldType, Value } from '@medallion/schema';
import { seeded } from '@medallion/testkit';

/** Columns of every type, and values at the edges of each. */
export const COLUMNS: readonly { readonly field: Field; readonly values: readonly Value[] }[] = [
  column('i', { kind: 'int' }, [0, 1, -1, 2, 7, 2_147_483_647, -2_147_483_648]),
  column('j', { kind: 'int' }, [0, 1, 3, -5, 10, 100]),
  column(
    'l',
    { kind: 'long' },
    [0, 1, -1, 4_294_967_296, 9_007_199_254_740_991, -9_007_199_254_740_991, 3_037_000_500],
  ),
  column(
    'd',
    { kind: 'double' },
    [
      0, -0, 1, 0.1, -2.5, 3.5, 1e308, -1e308, 1e-308, 1e150, 123456.789, 1e20, 0.00001, 1234567890123456, 1e15,
      999999999999999.9,
    ],
  ),
  column('e', { kind: 'double' }, [
    0,
    0.5,
    1.5,
    1.005,
    2.675,
    -0.3,
    1e14,
    99999999.995,
    5e-324,
    100000000000000.5,
    1 / 3,
  ]),
  column('m', { kind: 'decimal', precision: 10, scale: 2 }, [0, 0.01, -0.01, 12.5, 99_999_999.99, -0.5, 2.55, 1.15]),
  column('n', { kind: 'decimal', precision: 15, scale: 4 }, [0, 0.0001, -99_999_999_999.9999, 12_345.6785, 0.5, -1.5]),
  column('s', { kind: 'string' }, [
    '',
    'a',
    'B',
    'ab',
    ' a ',
    '\ta',
    'a%b',
    'a_b',
    'a\\b',
    "it's",
    'ÄÖ',
    '\u{1f385}',
    '\uffee',
    'İ',
  ]),
  column('t', { kind: 'string' }, [
    '0',
    ' 12 ',
    '-5',
    '1e5',
    '1.5',
    '.',
    'true',
    ' NO',
    '2024-02-29',
    '2023-02-29',
    '9999999999999999999',
    '0000-01-01',
    '1e99',
    'TRUE ',
  ]),
  column('u', { kind: 'enum', symbols: ['pending', 'completed'] }, ['pending', 'completed']),
  column('b', { kind: 'boolean' }, [true, false]),
  column('c', { kind: 'boolean' }, [true, false]),
  column('dt', { kind: 'date' }, [0, -1, 3, 19_785, 20_000, -719_162, 2_932_896] as never),
  column('ts', { kind: 'timestamp' }, [
    0, -1, 1_709_210_096_789, 1_735_689_599_999, -62_135_596_800_000, 253_402_300_799_999,
  ] as never),
];

function column(name: string, type: FieldType, values: readonly Value[]) {
  return { field: { name, type, nullable: true }, values: [null, ...values] };
}

export const FIELDS: readonly Field[] = COLUMNS.map(({ field }) => field);

/** A seeded source of whole numbers below a limit. */
export type Random = (limit: number) => number;

/** Draws of a seed. */
export function drawing(seed: number): Random {
  const next = seeded(seed);
  return (limit) => Math.floor(next() * limit);
}

type Sort = 'number' | 'whole' | 'text' | 'boolean' | 'date' | 'timestamp';
const SORTS: readonly Sort[] = ['number', 'whole', 'text', 'boolean', 'date', 'timestamp'];

const LEAVES: Readonly<Record<Sort, readonly string[]>> = {
  whole: ['i', 'j', 'l', '0', '1', '2', '-3', '10', '2147483648', 'CAST(NULL AS bigint)'],
  number: ['i', 'j', 'l', 'd', 'e', 'm', 'n', '0', '2', '0.5', '1.005', '-2.5', '1e10', '100.0'],
  text: ['s', 't', 'u', "''", "'a'", "' x '", "'a\\b'", "'it''s'", "'🎅'", "'Zz'"],
  boolean: ['b', 'c', 'TRUE', 'FALSE', 'CAST(NULL AS boolean)'],
  date: ['dt', "DATE '2024-02-29'", "DATE '1969-12-31'"],
  timestamp: ['ts', "TIMESTAMP '2024-02-29 12:30:00'", "TIMESTAMP '1970-01-01'"],
};

const PATTERNS = ["'%'", "'a%'", "'%b'", "'_'", "'a\\_b'", "'%a%b%'", "'a!%b' ESCAPE '!'", "'__'", "''", "'a\\\\b'"];

/** The text of a random expression, with parentheses around each part; its type is what it happens to be. */
export function randomExpression(random: Random, depth: number): string {
  return of(pick(random, SORTS), random, depth);
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

function of(sort: Sort, random: Random, depth: number): string {
  if (depth === 0 || random(8) === 0) return pick(random, LEAVES[sort]);
  const sub = (of_: Sort): string => of(of_, random, depth - 1);
  const shared = (): string =>
    pick(random, [
      () => `COALESCE(${sub(sort)}, ${sub(sort)})`,
      () => `NULLIF(${sub(sort)}, ${sub(sort)})`,
      () => `GREATEST(${sub(sort)}, ${sub(sort)}, NULL)`,
      () => `LEAST(${sub(sort)}, ${sub(sort)})`,
      () => `CASE WHEN ${sub('boolean')} THEN ${sub(sort)} ELSE ${sub(sort)} END`,
      () => `CASE WHEN ${sub('boolean')} THEN ${sub(sort)} END`,
      () => `CASE ${sub('whole')} WHEN 1 THEN ${sub(sort)} WHEN ${sub('number')} THEN ${sub(sort)} ELSE NULL END`,
    ])();
  return random(4) === 0 ? shared() : pick(random, SPECIFIC[sort])(sub, random);
}

type Make = (sub: (sort: Sort) => string, random: Random) => string;

const NUMBER: readonly Make[] = [
  ...['+', '-', '*', '/'].map(
    (op): Make =>
      (sub) =>
        `(${sub('number')} ${op} ${sub('number')})`,
  ),
  (sub) => `(- ${sub('number')})`,
  (sub) => `ABS(${sub('number')})`,
  (sub) => `ROUND(${sub('number')})`,
  (sub, random) => `ROUND(${sub('number')}, ${random(5)})`,
  (sub) => `FLOOR(${sub('number')})`,
  (sub) => `CEIL(${sub('number')})`,
  (sub) => `CAST(${sub('number')} AS double precision)`,
  (sub) => `CAST(${sub('text')} AS double precision)`,
  (sub) => `CAST(${sub('number')} AS decimal(8, 2))`,
  (sub) => `CAST(${sub('number')} AS decimal(15, 0))`,
  (sub) => sub('whole'),
];

const WHOLE: readonly Make[] = [
  ...['+', '-', '*', '/', '%'].map(
    (op): Make =>
      (sub) =>
        `(${sub('whole')} ${op} ${sub('whole')})`,
  ),
  (sub) => `(- ${sub('whole')})`,
  (sub) => `ABS(${sub('whole')})`,
  (sub) => `LENGTH(${sub('text')})`,
  (sub) => `CAST(${sub('number')} AS bigint)`,
  (sub) => `CAST(${sub('number')} AS integer)`,
  (sub) => `CAST(${sub('text')} AS bigint)`,
  (sub) => `CAST(${sub('text')} AS integer)`,
  (sub, r) => `EXTRACT(${pick(r, ['year', 'quarter', 'month', 'day', 'dow', 'isodow'])} FROM ${sub('date')})`,
  (sub, r) =>
    `EXTRACT(${pick(r, ['year', 'quarter', 'month', 'day', 'dow', 'isodow', 'hour', 'minute'])} FROM ${sub('timestamp')})`,
];

const TEXT: readonly Make[] = [
  (sub) => `(${sub('text')} || ${sub('text')})`,
  (sub, random) => `${pick(random, ['LOWER', 'UPPER', 'TRIM'])}(${sub('text')})`,
  (sub, random) => `CAST(${sub(pick(random, SORTS))} AS text)`,
];

const BOOLEAN: readonly Make[] = [
  (sub) => `(${sub('boolean')} AND ${sub('boolean')})`,
  (sub) => `(${sub('boolean')} OR ${sub('boolean')})`,
  (sub) => `(NOT ${sub('boolean')})`,
  (sub, r) => both(sub, r, (a, b) => `(${a} ${pick(r, ['=', '<>', '<', '<=', '>', '>='])} ${b})`),
  (sub, r) => both(sub, r, (a, b) => `(${a} ${pick(r, ['=', '<>', '<', '<=', '>', '>='])} ${b})`),
  (sub, r) => `(${sub(pick(r, SORTS))} IS ${pick(r, ['', 'NOT '])}NULL)`,
  (sub, r) => `(${sub('boolean')} IS ${pick(r, ['TRUE', 'NOT TRUE', 'FALSE', 'NOT FALSE'])})`,
  (sub, r) => both(sub, r, (a, b, c) => `(${a} ${pick(r, ['', 'NOT '])}IN (${b}, ${c}${pick(r, ['', ', NULL'])}))`),
  (sub, r) => both(sub, r, (a, b, c) => `(${a} ${pick(r, ['', 'NOT '])}BETWEEN ${b} AND ${c})`),
  (sub, r) => `(${sub('text')} ${pick(r, ['', 'NOT '])}LIKE ${pick(r, PATTERNS)})`,
  (sub) => `CAST(${sub('text')} AS boolean)`,
];

function both(sub: (sort: Sort) => string, random: Random, make: (a: string, b: string, c: string) => string): string {
  const sort = pick(random, SORTS);
  return make(sub(sort), sub(sort), sub(sort));
}

const SPECIFIC: Readonly<Record<Sort, readonly Make[]>> = {
  number: NUMBER,
  whole: WHOLE,
  text: TEXT,
  boolean: BOOLEAN,
  date: [
    (sub) => `CAST(${sub('timestamp')} AS date)`,
    (sub) => `CAST(${sub('text')} AS date)`,
    (sub, r) => `DATE_TRUNC('${pick(r, ['day', 'week', 'month', 'quarter', 'year'])}', ${sub('date')})`,
  ],
  timestamp: [
    (sub) => `CAST(${sub('date')} AS timestamp)`,
    (sub, r) =>
      `DATE_TRUNC('${pick(r, ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'])}', ${sub('timestamp')})`,
  ],
};
