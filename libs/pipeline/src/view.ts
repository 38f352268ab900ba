import type { ViewDeclaration } from './declaration.ts';
import type { Columns, DerivedColumn, DerivedRow } from './derived-column.ts';
import type {
  ElementOf,
  Exploded,
  ExplodeOptions,
  ListColumn,
  NoClash,
  NoRenames,
  Omitted,
  Renames,
  Selected,
} from './row-shape.ts';
import type { Described, Layered } from './settings.ts';
import type { SqlCondition } from './sql.ts';
import type { StreamingTable } from './streaming-table.ts';
import type { ColumnName, DeclarationError, Extended, Typed } from './types.ts';
import { ViewBuilder } from './view-builder.ts';

/**
 * A selection of rows `R` of a streaming table that is declared once and never stored: tables that read it take its
 * steps over. A value: each method returns another view.
 */
export interface View<R> extends Described, Layered, Typed<R> {
  readonly name: string;
  readonly declaration: ViewDeclaration;

  /** Keeps the rows that pass; the others are no violation, they are only counted. */
  where(text: string, test: (row: R) => boolean): View<R>;
  /** The same by a condition in SQL, which passes where it is true. */
  where(condition: SqlCondition): View<R>;
  /** Adds computed columns. */
  derive<D extends Record<string, DerivedColumn<unknown>>>(
    build: (c: Columns<R>) => D & {
      readonly [K in keyof D &
        keyof R]: DeclarationError<`column "${K & string}" exists already: derive it under another name`>;
    },
  ): View<Extended<R, DerivedRow<D>>>;
  /** Keeps these columns only, in this order. */
  select<K extends ColumnName<R>>(...columns: readonly K[]): View<Selected<R, K>>;
  /** Leaves columns out. */
  omit<K extends ColumnName<R>>(...columns: readonly K[]): View<Omitted<R, K>>;
  /** Makes a row of each element of a list; the other columns are repeated. An empty list or null makes none. */
  explode<
    K extends ListColumn<R>,
    const M extends Renames<ElementOf<R[K]>> = NoRenames,
    const P extends string = never,
  >(column: K & NoClash<R, K, M, P>, options?: ExplodeOptions<ElementOf<R[K]>, M, P>): View<Exploded<R, K, M, P>>;
}

/** A view that does not say yet what it reads. */
export interface UnsourcedView extends Described, Layered {
  /** Rows of a streaming table, or of another view. Its event time is not taken over. */
  from<R>(source: StreamingTable<R, boolean> | View<R>): View<R>;
}

/**
 * Declares a view. Its name is `snake_case` and unique in its pipeline.
 *
 * @example view('pending_orders').from(silver).where(sql("status = 'pending'"))
 */
export const view = (name: string): UnsourcedView =>
  // The builder knows no row types: they exist for the compiler only, and this is where they come in.
  new ViewBuilder(ViewBuilder.undeclared(name)) as unknown as UnsourcedView;
