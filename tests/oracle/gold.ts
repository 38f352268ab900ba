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

/** Through when windows were closed for a row, where something else than its partition's watermark decided; else null. */
export type ClosedFor = (view: ViewName, place: Place, windowStart: number) => number | null;

/** Rows that one partition gave to a view. */
type ViewCount = { readonly partition: number; accepted: number; late: number };

type Cell = { readonly start: number; readonly group: Ordered; readonly rows: SilverRow[]; columns: GoldRow | null };

const WATERMARK_DELAY = 5 * 60_000;
/** Texts of a group that are longer do not fit into an entry of an index of Postgres, unless they can be compressed. */
const MAX_KEY_BYTES = 2_700;

/**
 * The five gold tables as a batch GROUP BY over the silver rows: rows are given partition by partition in order, those
 * that are late are set aside, the others wait in their window and group until the tables are asked for.
 */
export class GoldTables {
  readonly late: LateRow[] = [];
  readonly #counts = new Map<ViewName, ViewCount[]>(VIEWS.map(({ name }) => [name, []]));
  /** By view, start of the window and group. */
  readonly #cells = new Map<ViewName, Map<number, Map<unknown, Cell>>>(VIEWS.map(({ name }) => [name, new Map()]));
  readonly #watermarks = new Map<number, number>();
  readonly #closed: ClosedFor;

  /** `closed`: windows that were closed for a row by more than its partition's own watermark; none when absent. */
  constructor(closed: ClosedFor = () => null) {
    this.#closed = closed;
  }

  /** The next row of its partition; false, and nothing of it anywhere, where a table cannot hold it (G3). */
  add(place: Place, row: SilverRow): boolean {
    const watermark = this.watermark(place.partition);
    const judged = VIEWS.map((view) => {
      // W1: half-open windows, aligned to the epoch by floor.
      const start = Math.floor(row.at / view.sizeMs) * view.sizeMs;
      const end = start + view.sizeMs;
      // W3: late when the window's end (no grace is declared) is not after the watermark before this row.
      return {
        view,
        start,
        end,
        closed: this.#closed(view.name, place, start) ?? (end <= watermark ? watermark : null),
      };
    });
    if (judged.some(({ view, closed }) => closed === null && !fitsIndex(view, row))) return false;
    for (const { view, start, end, closed } of judged) {
      const count = this.#countOf(view.name, place.partition);
      if (closed !== null) {
        count.late++;
        const late = { view: view.name, place, eventTime: row.at, windowStart: start, windowEnd: end };
        this.late.push({ ...late, watermark: closed });
      } else {
        count.accepted++;
        this.#put(view, start, row);
      }
    }
    // W2: the greatest event time of the accepted rows, late ones too, less the delay; it never goes back.
    this.#watermarks.set(place.partition, Math.max(watermark, row.at - WATERMARK_DELAY));
    return true;
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
    const cells = [...this.#cells.get(name)!.values()].flatMap((groups) => [...groups.values()]);
    for (const cell of cells) cell.columns ??= columnsOf(view, cell.start, cell.group, cell.rows);
    const rows: Record<string, GoldRow[string]>[] = cells.map((cell) => ({
      ...cell.columns,
      is_final: cell.start + view.sizeMs <= finalThrough,
    }));
    view.across?.(rows);
    return rows;
  }

  /** The rows of a view by partition and by what became of them, where there are any. */
  counts(name: ViewName): readonly { partition: number; outcome: 'accepted' | 'late'; records: number }[] {
    const counts = this.#counts.get(name)!.flatMap(({ partition, accepted, late }) => [
      { partition, outcome: 'accepted' as const, records: accepted },
      { partition, outcome: 'late' as const, records: late },
    ]);
    return counts.filter(({ records }) => records > 0);
  }

  #put(view: ViewDefinition, start: number, row: SilverRow): void {
    const windows = this.#cells.get(view.name)!;
    const groups = windows.get(start) ?? new Map<unknown, Cell>();
    windows.set(start, groups);
    const group = view.groupBy.map((column) => row[column]);
    // A3: null is a group of its own, and not the text "null".
    const key = group.length > 1 ? JSON.stringify(group) : group[0];
    const cell = groups.get(key);
    if (cell === undefined) groups.set(key, { start, group, rows: [row], columns: null });
    else {
      cell.rows.push(row);
      cell.columns = null;
    }
  }

  #countOf(view: ViewName, partition: number): ViewCount {
    const counts = this.#counts.get(view)!;
    const found = counts.find((count) => count.partition === partition);
    if (found !== undefined) return found;
    counts.push({ partition, accepted: 0, late: 0 });
    return counts.at(-1)!;
  }
}

const fitsIndex = (view: ViewDefinition, row: SilverRow): boolean =>
  view.groupBy.reduce((bytes, column) => bytes + Buffer.byteLength(String(row[column])), 0) <= MAX_KEY_BYTES;
