import { type RawRecord, readDelivery } from '../../oracle/raw-delivery.ts';
import { SilverPartition, type SilverRow } from '../../oracle/silver.ts';

const MINUTE = 60_000;
const DELAY = 5 * MINUTE;

type Judged = { readonly row: SilverRow; readonly watermark: number };

/** A value of an answer. */
export type Cell = string | number | boolean | null;
/** A row of an answer, as JSON has it. */
export type BatchRow = Readonly<Record<string, Cell>>;

/**
 * The night as a batch: all valid events, and for windows of each length those that were in time. It is computed from the raw records
 * by silver's rules as the oracle has them; no gold table is involved.
 */
export class BatchNight {
  readonly #judged: readonly Judged[];
  readonly #inTime = new Map<number, readonly SilverRow[]>();
  readonly finalThrough: number;
  readonly newestMinute: number;

  constructor(records: readonly RawRecord[], partitions: number, ingestedAt: number) {
    const judged: Judged[] = [];
    const watermarks = Array.from({ length: partitions }, (_, partition) => {
      const silver = new SilverPartition(ingestedAt);
      let watermark = Number.NEGATIVE_INFINITY;
      for (const record of records) {
        if (record.partition !== partition) continue;
        const delivery = readDelivery(record.value);
        const verdict = delivery === null ? null : silver.judge(delivery);
        if (verdict?.outcome !== 'accepted') continue;
        judged.push({ row: verdict.row, watermark });
        watermark = Math.max(watermark, verdict.row.at - DELAY);
      }
      return watermark;
    });
    this.#judged = judged;
    this.finalThrough = Math.min(...watermarks);
    this.newestMinute = Math.max(...this.inTime(1).map(({ at }) => windowOf(at, 1)));
  }

  /** The events that count in windows of so many minutes: those whose window was not closed for them. */
  inTime(size: number): readonly SilverRow[] {
    const known = this.#inTime.get(size);
    if (known !== undefined) return known;
    const inTime = this.#judged.filter(({ row, watermark }) => windowOf(row.at, size) + size * MINUTE > watermark);
    const rows = inTime.map(({ row }) => row);
    this.#inTime.set(size, rows);
    return rows;
  }

  /** Those whose window shares an instant with the time from `from` to `to`. */
  within(size: number, from: number, to: number): readonly SilverRow[] {
    return this.inTime(size).filter(({ at }) => {
      const start = windowOf(at, size);
      return start + size * MINUTE > from && start < to;
    });
  }

  isFinal = (start: number, size: number): boolean => start + size * MINUTE <= this.finalThrough;
}

/** The start of the window of so many minutes that an instant is in. */
export const windowOf = (at: number, size: number): number => Math.floor(at / (size * MINUTE)) * size * MINUTE;

/** Rows by the values of some columns. */
export function groups<K extends readonly Cell[]>(
  rows: readonly SilverRow[],
  keyOf: (row: SilverRow) => K,
): readonly (readonly [K, readonly SilverRow[]])[] {
  const grouped = Map.groupBy(rows, (row) => JSON.stringify(keyOf(row)));
  return [...grouped.values()].map((those) => [keyOf(those[0]!), those] as const);
}

export const quotient = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

export const sum = (values: readonly (number | null)[]): number =>
  values.reduce((all: number, value) => all + (value ?? 0), 0);

/** Of the values that are known. */
export function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return quotient(sum(known), known.length);
}

/** What all queries count. */
export function counts(rows: readonly SilverRow[]) {
  const of = (status: string): readonly SilverRow[] => rows.filter((row) => row.status === status);
  const [delivered, delayed] = [of('delivered'), of('delayed')];
  return {
    events: rows.length,
    delivered: delivered.length,
    delayed: delayed.length,
    en_route: of('en_route').length,
    gifts: sum(delivered.map((row) => row.gift_count)),
    success_rate: quotient(delivered.length, delivered.length + delayed.length),
    delay_rate: quotient(delayed.length, delivered.length + delayed.length),
    avg_minutes: mean(rows.map((row) => row.delivery_time_minutes)),
  };
}

/** One more than there are greater ones. */
export const rankOf = (value: number, all: readonly number[]): number =>
  all.filter((other) => other > value).length + 1;

/** In order by columns, `-` before those that fall; null is the greatest. */
export function sorted(rows: readonly BatchRow[], ...columns: readonly string[]): readonly BatchRow[] {
  return rows.toSorted((a, b) => {
    for (const column of columns) {
      const name = column.replace(/^-/, '');
      const order = compared(a[name] ?? null, b[name] ?? null);
      if (order !== 0) return column.startsWith('-') ? -order : order;
    }
    return 0;
  });
}

function compared(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/** Only these columns, in their order. */
export const only = (row: Readonly<Record<string, unknown>>, columns: readonly string[]): BatchRow =>
  Object.fromEntries(columns.map((column) => [column, (row[column] ?? null) as Cell]));

export const iso = (at: number): string => new Date(at).toISOString();
