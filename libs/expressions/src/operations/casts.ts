import { assertNever } from '@medallion/core';
import type { FieldType, Value } from '@medallion/schema';
import { doubleText, powerOf10, roundDecimal, roundDouble, roundEven } from '../decimals.ts';
import { dayOf } from '../literals.ts';
import { categoryOf } from '../types.ts';
import { bound, type Operation, type Operations, type SqlArgument } from './operation.ts';

/** How one type becomes another: null when it does not. A value that has no counterpart becomes NULL. */
type Cast = {
  readonly convert: (value: never) => Value;
  readonly sql: (arg: SqlArgument) => string;
  readonly partial: boolean;
};

const DAY_MS = 86_400_000;
const WS = '[ \\t\\n\\r\\f\\v]*';
const DIGITS = /^[ \t\n\r\f\v]*[+-]?[0-9]{1,100}[ \t\n\r\f\v]*$/;
const NUMBER =
  /^[ \t\n\r\f\v]*[+-]?([0-9]{1,100}(\.[0-9]{0,100})?|\.[0-9]{1,100})([eE][+-]?[0-9]{1,2})?[ \t\n\r\f\v]*$/;
const SQL_DIGITS = `'^${WS}[+-]?[0-9]{1,100}${WS}$'`;
const SQL_NUMBER = `'^${WS}[+-]?([0-9]{1,100}([.][0-9]{0,100})?|[.][0-9]{1,100})([eE][+-]?[0-9]{1,2})?${WS}$'`;
const TRUE = ['t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'];
const FALSE = ['f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'];
const SPACES = /^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g;
const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');

/** Always fits. */
const total = <A>(convert: (value: A) => Value, sql: (arg: string) => string): Cast => ({
  convert: convert as Cast['convert'],
  sql: (arg) => sql(arg.sql),
  partial: false,
});

/** Where `condition` does not hold, NULL. */
const partial = <A>(
  convert: (value: A) => Value,
  condition: (v: string) => string,
  then: (v: string) => string,
): Cast => ({
  convert: convert as Cast['convert'],
  sql: (arg) => bound([arg], ([v]) => `(CASE WHEN ${condition(v!)} THEN ${then(v!)} END)`),
  partial: true,
});

const pad = (n: number, width: number): string => String(n).padStart(width, '0');
const dayText = (day: number): string => {
  const at = new Date(day * DAY_MS);
  return `${pad(at.getUTCFullYear(), 4)}-${pad(at.getUTCMonth() + 1, 2)}-${pad(at.getUTCDate(), 2)}`;
};
const instantText = (ms: number): string => {
  const day = Math.floor(ms / DAY_MS);
  return `${dayText(day)}T${new Date(ms - day * DAY_MS).toISOString().slice(11)}`;
};

function toText(from: FieldType): Cast {
  switch (from.kind) {
    case 'double':
      return total(doubleText, (v) => `${v}::text`);
    case 'decimal':
      return total(
        (x: number) => (x + 0).toFixed(from.scale),
        (v) => `round(${v}, ${from.scale})::text`,
      );
    case 'date':
      return total(dayText, (v) => `to_char(${v}, 'YYYY-MM-DD')`);
    case 'timestamp':
      return total(instantText, (v) => `to_char(${v} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
    default:
      return total(String, (v) => `${v}::text`);
  }
}

/** Whole numbers of a type: `limit` is the greatest, and its negative (less one for integer) the least. */
function toWhole(from: FieldType, to: 'int' | 'long'): Cast | null {
  const [max, min] =
    to === 'int' ? [2_147_483_647, -2_147_483_648] : [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
  const sqlType = to === 'int' ? 'integer' : 'bigint';
  const inRange = (x: number): number | null => (x >= min && x <= max ? x + 0 : null);
  const between = (v: string): string => `${v} BETWEEN ${min} AND ${max}`;
  const rounded = (convert: (x: number) => number, round: (v: string) => string): Cast =>
    partial(
      (x: number) => inRange(convert(x)),
      (v) => between(round(v)),
      (v) => `${round(v)}::${sqlType}`,
    );
  switch (from.kind) {
    case 'int':
      return total(
        (x: number) => x,
        (v) => `${v}::${sqlType}`,
      );
    case 'long':
      return to === 'long'
        ? total(
            (x: number) => x,
            (v) => v,
          )
        : rounded(
            (x) => x,
            (v) => v,
          );
    case 'decimal':
      return rounded(
        (x) => roundDecimal(x, from.scale, 0),
        (v) => `round(${v})`,
      );
    case 'double':
      return rounded(roundEven, (v) => `round(${v})`);
    case 'string':
    case 'enum':
      return partial(
        (x: string) => (DIGITS.test(x) ? inRange(Number(x.replace(SPACES, ''))) : null),
        (v) => `CASE WHEN ${v} ~ ${SQL_DIGITS} THEN ${between(`${v}::numeric`)} END`,
        (v) => `${v}::${sqlType}`,
      );
    default:
      return null;
  }
}

function toDouble(from: FieldType): Cast | null {
  if (categoryOf(from) === 'number')
    return total(
      (x: number) => x,
      (v) => `${v}::double precision`,
    );
  if (categoryOf(from) !== 'text') return null;
  return partial(
    (x: string) => (NUMBER.test(x) ? Number(x.replace(SPACES, '')) : null),
    (v) => `${v} ~ ${SQL_NUMBER}`,
    (v) => `${v}::double precision`,
  );
}

function toDecimal(from: FieldType, precision: number, scale: number): Cast | null {
  if (categoryOf(from) !== 'number') return null;
  const limit = powerOf10(precision - scale);
  const round =
    from.kind === 'double'
      ? (x: number) => roundDouble(x, scale)
      : (x: number) => roundDecimal(x, from.kind === 'decimal' ? from.scale : 0, scale);
  return partial(
    (x: number) => {
      const rounded = round(x);
      return Math.abs(rounded) < limit ? rounded : null;
    },
    (v) => `abs(round(${v}::numeric, ${scale})) < ${limit}`,
    (v) => `round(${v}::numeric, ${scale})`,
  );
}

function toBoolean(from: FieldType): Cast | null {
  if (from.kind === 'boolean')
    return total(
      (x: boolean) => x,
      (v) => v,
    );
  if (categoryOf(from) !== 'text') return null;
  const word = (v: string): string => `lower(btrim(${v}, E' \\t\\n\\r\\f\\v') COLLATE "C")`;
  return {
    convert: ((x: string) => {
      const said = x.replace(SPACES, '').replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
      return TRUE.includes(said) ? true : FALSE.includes(said) ? false : null;
    }) as Cast['convert'],
    sql: (arg) =>
      bound(
        [arg],
        ([v]) =>
          `(CASE WHEN ${word(v!)} IN (${list(TRUE)}) THEN TRUE WHEN ${word(v!)} IN (${list(FALSE)}) THEN FALSE END)`,
      ),
    partial: true,
  };
}

/** The days of a month, of text that has the form of a date. */
const monthLength = (v: string): string =>
  `CASE WHEN substr(${v}, 6, 2) IN ('04', '06', '09', '11') THEN 30 WHEN substr(${v}, 6, 2) <> '02' THEN 31 ` +
  `WHEN left(${v}, 4)::integer % 4 = 0 AND (left(${v}, 4)::integer % 100 <> 0 OR left(${v}, 4)::integer % 400 = 0) THEN 29 ELSE 28 END`;

function toDate(from: FieldType): Cast | null {
  if (from.kind === 'date')
    return total(
      (x: number) => x,
      (v) => v,
    );
  if (from.kind === 'timestamp')
    return total(
      (x: number) => Math.floor(x / DAY_MS),
      (v) => `(${v} AT TIME ZONE 'UTC')::date`,
    );
  if (categoryOf(from) !== 'text') return null;
  return partial(
    dayOf as (x: string) => Value,
    (v) =>
      `CASE WHEN ${v} ~ '^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$' AND left(${v}, 4) <> '0000' ` +
      `THEN substr(${v}, 9, 2)::integer BETWEEN 1 AND ${monthLength(v)} END`,
    (v) => `${v}::date`,
  );
}

function toTimestamp(from: FieldType): Cast | null {
  if (from.kind === 'timestamp')
    return total(
      (x: number) => x,
      (v) => v,
    );
  if (from.kind !== 'date') return null;
  return total(
    (x: number) => x * DAY_MS,
    (v) => `(${v}::timestamp AT TIME ZONE 'UTC')`,
  );
}

/** How `from` becomes `to`, or null when it does not. */
export function castOf(from: FieldType, to: FieldType): Cast | null {
  if (from.kind === 'list') return null;
  switch (to.kind) {
    case 'string':
    case 'enum':
      return toText(from);
    case 'int':
    case 'long':
      return toWhole(from, to.kind);
    case 'double':
      return toDouble(from);
    case 'decimal':
      return toDecimal(from, to.precision, to.scale);
    case 'boolean':
      return toBoolean(from);
    case 'date':
      return toDate(from);
    case 'timestamp':
      return toTimestamp(from);
    case 'list':
      return null;
    default:
      return assertNever(to, 'field type');
  }
}

const cast: Operation = {
  evaluate: ([a], call) => {
    const { convert } = castOf(call.args[0]!.type!, call.type!)!;
    return (row) => {
      const value = a!(row);
      return value === null ? null : (convert as (v: Value) => Value)(value);
    };
  },
  sql: ([a], call) => castOf(call.args[0]!.type!, call.type!)!.sql(a!),
  nullable: ([a], call) => a! || castOf(call.args[0]!.type!, call.type!)!.partial,
};

/** CAST: the type of the call is the wanted one. */
export const casts: Operations = { cast };
