import { toScale } from '../decimals.ts';
import type { SqlCall, SqlNode } from '../expression.ts';
import { MAX_DOUBLE, MIN_DOUBLE } from '../literals.ts';
import { castTo } from '../sql-type.ts';
import { DOUBLE, isWhole, LONG } from '../types.ts';
import { bound, type Operation, type Operations, type SqlArgument, strict1, strict2 } from './operation.ts';

/**
 * Arithmetic never fails. What has no value is NULL: a division by zero, a whole number beyond ±(2^53 − 1), and an
 * operation on doubles beyond ±1e150 or nearer to zero than 1e-150, whose result could be beyond all doubles (Postgres
 * refuses that, and Infinity is no value).
 */

type Word = '+' | '-' | '*' | '/';
type Numbers = (x: number, y: number) => number | null;

const safe = (value: number): number | null => (Number.isSafeInteger(value) ? value + 0 : null);

const WHOLE: Readonly<Record<Word, Numbers>> = {
  '+': (x, y) => safe(x + y),
  '-': (x, y) => safe(x - y),
  '*': (x, y) => safe(x * y),
  '/': (x, y) => (y === 0 ? null : (x - (x % y)) / y + 0),
};

const RAW: Readonly<Record<Word, (x: number, y: number) => number>> = {
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '*': (x, y) => x * y,
  '/': (x, y) => x / y,
};

const fits = (x: number): boolean => x <= MAX_DOUBLE && x >= -MAX_DOUBLE;
const isFine = (x: number): boolean => fits(x) && (x >= MIN_DOUBLE || x <= -MIN_DOUBLE || x === 0);

const DOUBLES: Readonly<Record<Word, Numbers>> = {
  '+': (x, y) => (fits(x) && fits(y) ? x + y : null),
  '-': (x, y) => (fits(x) && fits(y) ? x - y : null),
  '*': (x, y) => (isFine(x) && isFine(y) ? x * y : null),
  '/': (x, y) => (isFine(x) && isFine(y) && y !== 0 ? x / y : null),
};

function numbersOf(word: Word, call: SqlCall): Numbers {
  switch (call.type?.kind) {
    case 'decimal': {
      const { scale } = call.type;
      const raw = RAW[word];
      return (x, y) => toScale(raw(x, y), scale);
    }
    case 'double':
      return DOUBLES[word];
    default:
      return WHOLE[word];
  }
}

const CLAMP = 9_007_199_254_740_992n;
/** A whole number or, beyond what a safe integer is, NULL; said without naming it twice. LEAST passes over NULL. */
const clamped = (sql: string): string =>
  `NULLIF(NULLIF(GREATEST(LEAST(${sql}, ${CLAMP}), -${CLAMP}), ${CLAMP}), -${CLAMP})`;

const isInt = (node: SqlNode): boolean => node.type === null || node.type.kind === 'int';

function wholeSql(word: Word, [a, b]: readonly [string, string], call: SqlCall): string {
  const small = call.args.every(isInt);
  if (word === '/') return `(${a}::bigint / NULLIF(${b}::bigint, 0))`;
  if (word !== '*') return small ? `(${a}::bigint ${word} ${b}::bigint)` : clamped(`${a}::bigint ${word} ${b}::bigint`);
  return small ? clamped(`${a}::bigint * ${b}::bigint`) : `${clamped(`${a}::numeric * ${b}::numeric`)}::bigint`;
}

/** A condition under which the operation cannot fail; null for what is never near the limits: literals were checked. */
function guard(word: Word, sql: string, node: SqlNode): string | null {
  if (node.type?.kind !== 'double' || (node.kind === 'literal' && node.value !== null)) return null;
  const { max, min } = { max: `'${MAX_DOUBLE}'::double precision`, min: `'${MIN_DOUBLE}'::double precision` };
  return word === '+' || word === '-'
    ? `abs(${sql}) <= ${max}`
    : `(abs(${sql}) BETWEEN ${min} AND ${max} OR ${sql} = 0)`;
}

function doubleSql(word: Word, args: readonly SqlArgument[], call: SqlCall): string {
  const doubles = args.map((arg, i) => ({ ...arg, sql: castTo(arg.sql, call.args[i]!.type, DOUBLE) }));
  return bound(doubles, ([a, b]) => {
    const guards = [guard(word, a!, call.args[0]!), guard(word, b!, call.args[1]!)].filter((g) => g !== null);
    if (word === '/') guards.push(`${b} <> 0`);
    return guards.length === 0
      ? `(${a} ${word} ${b})`
      : `(CASE WHEN ${guards.join(' AND ')} THEN ${a} ${word} ${b} END)`;
  });
}

const binary = (word: Word): Operation => ({
  evaluate: ([a, b], call) => strict2(a!, b!, numbersOf(word, call)),
  sql: (args, call) => {
    const [a, b] = [args[0]!.sql, args[1]!.sql] as const;
    switch (call.type?.kind) {
      case 'decimal':
        return `(${castTo(a, call.args[0]!.type, call.type)} ${word} ${castTo(b, call.args[1]!.type, call.type)})`;
      case 'double':
        return doubleSql(word, args, call);
      default:
        return wholeSql(word, [a, b], call);
    }
  },
  nullable: (args, call) =>
    args.some(Boolean) ||
    (call.type?.kind !== 'decimal' && !((word === '+' || word === '-') && call.args.every(isInt))),
});

/** + - * / %, and a minus in front. */
export const arithmetic: Operations = {
  '+': binary('+'),
  '-': binary('-'),
  '*': binary('*'),
  '/': binary('/'),
  '%': {
    evaluate: ([a, b]) => strict2(a!, b!, (x: number, y: number) => (y === 0 ? null : (x % y) + 0)),
    sql: ([a, b]) => `(${a!.sql}::bigint % NULLIF(${b!.sql}::bigint, 0))`,
    nullable: () => true,
  },
  negative: {
    evaluate: ([a], call) =>
      call.type?.kind === 'double' ? strict1(a!, (x: number) => -x) : strict1(a!, (x: number) => 0 - x),
    sql: ([a], call) => `(- ${castTo(a!.sql, call.args[0]!.type, isWhole(call.type) ? LONG : call.type)})`,
  },
};
