import type { SilverRow } from './silver.ts';
import { columnsOf, type GoldRow, type Ordered, VIEWS, type ViewDefinition, type ViewName } from './views.ts';

/** Where a silver row stands. */
export type Place = { readonly partition: number; readonly offset: number };

/** A row that came after its window was closed for it. */
export type LateRow = {
  readonly view: ViewName;
  readonly place: Place;
  readonly eventTime: number;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly watermark: number;
};

type Cell = { readonly start: number; readonly group: Ordered; readonly rows: SilverRow[]; columns: GoldRow | null };

const WATERMARK_DELAY = 5 * 60_000;

/**
 * The five gold tables as a batch GROUP BY over the silver rows: rows are given partition by partition in order, those
 * that are late are set aside, the others wait in their window and group until the tables are asked for.
 */
export class GoldTables {
  readonly late: LateRow[] = [];
  readonly counts = new Map<string, number>();
  readonly #cells = new Map<ViewName, Map<string, Cell>>(VIEWS.map(({ name }) => [name, new Map()]));
  readonly #watermarks = new Map<number, number>();

  /** The next row of its partition. */
  add(place: Place, row: SilverRow): void {
    const watermark = this.watermark(place.partition);
    for (const view of VIEWS) {
      // W1: half-open windows, aligned to the epoch by floor.
      const start = Math.floor(row.at / view.sizeMs) * view.sizeMs;
      const end = start + view.sizeMs;
      // W3: late when the window's end (no grace is declared) is not after the watermark before this row.
      const late = end <= watermark;
      this.#count(view.name, place.partition, late ? 'late' : 'accepted');
      if (late)
        this.late.push({ view: view.name, place, eventTime: row.at, windowStart: start, windowEnd: end, watermark });
      else this.#put(view, start, row);
    }
    // W2: the greatest event time of the accepted rows, late ones too, less the delay; it never goes back.
    this.#watermarks.set(place.partition, Math.max(watermark, row.at - WATERMARK_DELAY));
  }

  /** −Infinity before the first row. */
  watermark(partition: number): number {
    return this.#watermarks.get(partition) ?? Number.NEGATIVE_INFINITY;
  }

  /** W5, where no partition is idle: the least watermark of all partitions. */
  finalThrough(partitions: number): number {
    return Math.min(...Array.from({ length: partitions }, (_, partition) => this.watermark(partition)));
  }

  /** The rows of a table, in no particular order; those whose window ends at or before `finalThrough` are final. */
  rows(name: ViewName, finalThrough: number): GoldRow[] {
    const view = VIEWS.find((each) => each.name === name) as ViewDefinition;
    const cells = [...this.#cells.get(name)!.values()];
    for (const cell of cells) cell.columns ??= columnsOf(view, cell.start, cell.group, cell.rows);
    const rows: Record<string, GoldRow[string]>[] = cells.map((cell) => ({
      ...cell.columns,
      is_final: cell.start + view.sizeMs <= finalThrough,
    }));
    view.across?.(rows);
    return rows;
  }

  #put(view: ViewDefinition, start: number, row: SilverRow): void {
    const group = view.groupBy.map((column) => row[column]);
    const key = JSON.stringify([start, ...group]);
    const cells = this.#cells.get(view.name)!;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, { start, group, rows: [row], columns: null });
    else {
      cell.rows.push(row);
      cell.columns = null;
    }
  }

  #count(view: ViewName, partition: number, outcome: string): void {
    const key = `${view} ${partition} ${outcome}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}
