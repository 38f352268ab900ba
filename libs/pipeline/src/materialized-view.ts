import type { Instant } from '@medallion/core';
import type { Aggregate, Aggregates, MeasuredRow } from './aggregate.ts';
import type { MaterializedViewDeclaration } from './declaration.ts';
import type { Calculation, Measures } from './expression.ts';
import type { SnapshotSource, Snapshotted } from './files-source.ts';
import { MaterializedViewBuilder } from './materialized-view-builder.ts';
import type { Keyed, RelationalView } from './relational-view.ts';
import type { Governed } from './settings.ts';
import type { SnapshotTable } from './snapshot-table.ts';
import type { StreamingTable } from './streaming-table.ts';
import type { ColumnName, CountedColumn, DeclarationError, Extended, Pretty } from './types.ts';
import type { Window } from './window.ts';

type Windowed = { readonly window_start: Instant; readonly window_end: Instant };
type Exists<K> = DeclarationError<`column "${K & string}" exists already: choose another name`>;

/** A materialized view that does not say yet what it reads. */
export interface UnsourcedView {
  comment(text: string): UnsourcedView;
  /** Reads the rows of a streaming table, which `pipeline()` must list too. */
  from<R, Timed extends boolean>(source: StreamingTable<R, Timed>): ViewOf<R, Timed>;
  /** Reads a keyed table or another view of rows by key: rows, joins and groups without windows. */
  from<R, K extends string>(source: Keyed<R, K>): RelationalView<R, K>;
  /** A batch that replaces the one before: a table of one row a key. */
  from<D, K extends ColumnName<D>>(source: SnapshotSource<D, K>): SnapshotTable<Snapshotted<D, K>, K>;
}

/** A materialized view of rows `R` that does not say yet how they are put together. */
export interface ViewOf<R, Timed extends boolean> {
  /** One row per window (and group) of the source's event time. */
  windowedBy(
    window: Timed extends true
      ? Window
      : DeclarationError<'the source has no event time: call .eventTime(column, { watermarkDelay }) on it first'>,
  ): WindowedView<R, never>;
}

/** A windowed view that does not say yet what it measures. */
export interface WindowedView<R, G extends ColumnName<R>> {
  /** One row per window and combination of these columns. As in SQL, null is a group of its own. */
  groupBy<K extends ColumnName<R>>(...columns: readonly K[]): WindowedView<R, G | K>;
  /** What is measured of the rows of a window and group. */
  aggregate<A extends Record<string, Aggregate<unknown>>>(
    build: (a: Aggregates<R>) => A & { readonly [K in keyof A & (G | keyof Windowed)]: Exists<K> },
  ): MaterializedView<Pretty<Windowed & Pick<R, G> & MeasuredRow<A>>, MeasuredRow<A>>;
}

/**
 * A windowed aggregation with rows `R` and measures `M`, kept in Postgres: visible at once, and final when the
 * watermark has passed its window. A value: each method returns another view.
 */
export interface MaterializedView<R, M> extends Governed<R> {
  readonly name: string;
  readonly declaration: MaterializedViewDeclaration;

  /** Adds columns calculated from the measures of a row: `v.delivered_count.per(v.events)`. */
  derive<D extends Record<string, Calculation>>(
    build: (v: Measures<M>) => D & { readonly [K in keyof D & keyof R]: Exists<K> },
  ): MaterializedView<Extended<R, { readonly [K in keyof D]: number | null }>, M>;
  /** Adds columns with the rank by a measure among the rows of the same window: 1 is the greatest. */
  rank<D extends Readonly<Record<string, CountedColumn<M>>>>(
    columns: D & { readonly [K in keyof D & keyof R]: Exists<K> },
  ): MaterializedView<Extended<R, { readonly [K in keyof D]: number }>, M>;
  /** Adds columns with the sum of a measure over all windows up to this one, per group. */
  cumulative<D extends Readonly<Record<string, CountedColumn<M>>>>(
    columns: D & { readonly [K in keyof D & keyof R]: Exists<K> },
  ): MaterializedView<Extended<R, { readonly [K in keyof D]: number }>, M>;
}

/**
 * Declares a view over windows of a streaming table, or over rows by key. Its name is `snake_case` and unique in its pipeline.
 *
 * @example materializedView('gold_per_minute').from(silver).windowedBy(tumbling(minutes(1))).aggregate(a => ({ events: a.count() }))
 */
export const materializedView = (name: string): UnsourcedView =>
  // The builder knows no row types: they exist for the compiler only, and this is where they come in.
  new MaterializedViewBuilder(MaterializedViewBuilder.undeclared(name)) as unknown as UnsourcedView;
