import type { Headline, QueryInfo, QueryParameters } from '../../contract/index.ts';
import type { Kind } from '../values.ts';

/** What a query is asked with; what was not said is null, and the time range is always there. */
export type Asked = {
  readonly from: string;
  readonly to: string;
  readonly region: string | null;
  readonly gift_type: string | null;
  readonly city: string | null;
  readonly limit: number;
};

/** A column of a query's answer. */
export type QueryColumn = { readonly name: string; readonly type: Kind; readonly comment: string };

/** A row as Postgres gives it: bigint and numeric as numbers, instants as epoch milliseconds. */
export type QueryRow = Readonly<Record<string, number | string | boolean | null>>;

/**
 * A pre-built query. Its SQL is a constant text: what is asked comes as `$1`, `$2` …, named in `values`. All of its sums are of the
 * stored states, so that rates and averages are exact, and all windows are counted that share an instant with the range.
 */
export type BusinessQuery = Omit<QueryInfo, 'parameters'> & {
  readonly parameters: readonly (keyof QueryParameters)[];
  readonly sql: string;
  readonly values: readonly (keyof Asked)[];
  readonly columns: readonly QueryColumn[];
  /** Rows, where `limit` is a parameter and nothing is said. */
  readonly rows?: number;
  /** One number for a card, of the rows; `before` are those of the time of the same length before. */
  readonly headline: (rows: readonly QueryRow[], before: readonly QueryRow[]) => Headline;
};

/** The sum of a column. */
export const total = (rows: readonly QueryRow[], column: string): number =>
  rows.reduce((sum, row) => sum + Number(row[column] ?? 0), 0);

/** The quotient of two sums; null where nothing is divided. */
export function share(rows: readonly QueryRow[], part: string, whole: readonly string[]): number | null {
  const all = whole.reduce((sum, column) => sum + total(rows, column), 0);
  return all === 0 ? null : total(rows, part) / all;
}

/** A number of the first row; null where there is none. */
export const first = (rows: readonly QueryRow[], column: string): number | null => {
  const value = rows[0]?.[column];
  return typeof value === 'number' ? value : null;
};

/** A number of the last row; null where there is none. */
export const last = (rows: readonly QueryRow[], column: string): number | null => first(rows.slice(-1), column);

/** Columns that several queries have. */
export const COMMON = {
  windowStart: { name: 'window_start', type: 'timestamp', comment: 'The first instant of the window' },
  region: { name: 'region', type: 'string', comment: 'Null where none was sent' },
  giftType: { name: 'gift_type', type: 'string', comment: 'Null where none was sent' },
  city: { name: 'city', type: 'string', comment: 'Null where none was sent' },
  country: { name: 'country', type: 'string', comment: 'Null where none was sent' },
  events: { name: 'events', type: 'long', comment: 'Valid events, en route too' },
  delivered: { name: 'delivered', type: 'long', comment: 'Deliveries that arrived in time' },
  delayed: { name: 'delayed', type: 'long', comment: 'Deliveries that came late' },
  gifts: { name: 'gifts', type: 'long', comment: 'Gifts of the delivered' },
  successRate: { name: 'success_rate', type: 'double', comment: 'Delivered of those delivered or delayed, of 1' },
  delayRate: { name: 'delay_rate', type: 'double', comment: 'Delayed of those delivered or delayed, of 1' },
  avgMinutes: { name: 'avg_minutes', type: 'double', comment: 'Mean delivery time' },
  final: { name: 'is_final', type: 'boolean', comment: 'Whether the window is closed, so that it never changes again' },
} as const satisfies Readonly<Record<string, QueryColumn>>;
