import { invalid } from './problems.ts';

/** What a column's type is called in the catalogue. */
export type Kind =
  | 'boolean'
  | 'int'
  | 'long'
  | 'double'
  | 'decimal'
  | 'string'
  | 'enum'
  | 'timestamp'
  | 'date'
  | 'list';

const SQL_TYPES: Readonly<Record<Exclude<Kind, 'list'>, string>> = {
  boolean: 'boolean',
  int: 'integer',
  long: 'bigint',
  double: 'double precision',
  decimal: 'numeric',
  string: 'text',
  enum: 'text',
  timestamp: 'timestamptz',
  date: 'date',
};

/** The type of a parameter that is compared with a column; null for lists, which are not compared. */
export const sqlType = (kind: Kind): string | null => (kind === 'list' ? null : SQL_TYPES[kind]);

const NUMERIC: readonly Kind[] = ['int', 'long', 'double', 'decimal'];
/** Whether a chart can draw it. */
export const isNumeric = (kind: Kind): boolean => NUMERIC.includes(kind);

/** How a column is selected: integers and decimals as text, as numbers would lose digits. */
export const selected = (sql: string, kind: Kind): string =>
  kind === 'long' || kind === 'decimal' ? `(${sql})::text` : sql;

const DAY_MS = 86_400_000;

/** A selected value as JSON has it. */
export function cellOf(value: unknown, kind: Kind): unknown {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case 'timestamp':
      return isoOf(value as number);
    case 'date':
      return isoOf((value as number) * DAY_MS)?.replace(/T.*/, '') ?? null;
    case 'long': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case 'double':
      return Number.isFinite(value) ? value : null;
    default:
      return value;
  }
}

/** Null for what no calendar knows, as `infinity`. */
const isoOf = (epochMs: number): string | null =>
  Math.abs(epochMs) <= 8.64e15 ? new Date(epochMs).toISOString() : null;

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;
const DECIMAL = /^-?\d{1,40}(\.\d{1,40})?$/;
const MAX_TEXT = 1_000;

/** Whether Postgres takes the text as a value of that type: it is asked for nothing that it would refuse. */
function isOf(text: string, kind: Kind): boolean {
  switch (kind) {
    case 'boolean':
      return text === 'true' || text === 'false';
    case 'int':
      return /^-?\d{1,10}$/.test(text) && Math.abs(Number(text)) < 2 ** 31;
    case 'long':
      return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
    case 'double':
      return /^-?\d{1,300}(\.\d{1,300})?(e[+-]?\d{1,3})?$/i.test(text) && Number.isFinite(Number(text));
    case 'decimal':
      return DECIMAL.test(text);
    case 'string':
    case 'enum':
      return !text.includes('\u0000') && text.isWellFormed();
    case 'timestamp':
      return INSTANT.test(text) && isInCalendar(text);
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) && isInCalendar(text) && new Date(text).toISOString().startsWith(text);
    case 'list':
      return false;
  }
}

const isInCalendar = (text: string): boolean => new Date(text).getUTCFullYear() >= 1;

/** The text as a parameter of that type, `maxText` characters at most. @throws MED_REQUEST_INVALID */
export function parameterOf(text: string, kind: Kind, what: string, maxText = MAX_TEXT): string {
  if (!isOf(text, kind) || text.length > maxText)
    throw invalid(`${what} is no ${kind}: ${JSON.stringify(text.slice(0, 60))}`);
  if (kind === 'timestamp') return new Date(text).toISOString();
  // Postgres refuses what is too small to be told from 0.
  return kind === 'double' ? String(Number(text)) : text;
}
