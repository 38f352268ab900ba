import type { KeyedTableDeclaration, RelationalViewDeclaration } from './declaration.ts';
import type { CanTake, Missing, On, Taken, TakenRow } from './joined.ts';
import type { RelationAggregate, RelationAggregates, RelationMeasures } from './relation-aggregate.ts';
import type { RelationColumn, RelationColumns, RelationRow } from './relation-column.ts';
import type { NoRenames, Omitted, Selected } from './row-shape.ts';
import type { Stored } from './settings.ts';
import type { ColumnName, DeclarationError, Extended, Pretty, Typed } from './types.ts';

/** A table of rows `R` that is identified by `K`: what a relational view reads and looks rows up in. */
export interface Keyed<R, K extends string> extends Typed<R> {
  readonly name: string;
  readonly declaration: KeyedTableDeclaration | RelationalViewDeclaration;
  readonly $key: K;
}

type Exists<K> = DeclarationError<`column "${K & string}" exists already: choose another name`>;
/** Of a table with history, the current version is joined: its key is that of the table without the version. */
type KeyToJoin<K extends string> = Exclude<K, '__START_AT'>;
type Derive<R, D> = D & { readonly [K in keyof D & keyof R]: Exists<K> };
type Numbered<R, S extends string> = Pretty<{ readonly [P in S]: number } & { readonly [P in keyof R]: R[P] | null }>;

/** A relational view that is complete. A value: each method returns another view. */
export interface Relation<R, K extends string> extends Keyed<R, K>, Stored<R> {
  readonly name: string;
  readonly declaration: RelationalViewDeclaration;
}

/**
 * A materialized view without windows, kept in Postgres: rows `R`, one for each row of its source, identified by `K`. It
 * equals the batch query over its inputs after every commit. Expressions are in SQL.
 */
export interface RelationalView<R, K extends string> extends Relation<R, K> {
  /**
   * Looks rows up in a table by its whole key, and takes columns over; they are null where there is no match, unless
   * `otherwise` says what stands in. Of a table with history the current version is found.
   */
  leftJoin<D, J extends string, const C extends Taken<D>, const O extends Partial<TakenRow<D, C>> = NoRenames>(
    table: Keyed<D, J>,
    options: {
      readonly on: On<R, KeyToJoin<J>>;
      readonly columns: C & CanTake<R, D, C>;
      readonly otherwise?: O;
    },
  ): RelationalView<Extended<R, Missing<TakenRow<D, C>, O>>, K>;
  /** The same, and rows without a match are left out. */
  innerJoin<D, J extends string, const C extends Taken<D>>(
    table: Keyed<D, J>,
    options: { readonly on: On<R, KeyToJoin<J>>; readonly columns: C & CanTake<R, D, C> },
  ): RelationalView<Extended<R, TakenRow<D, C>>, K>;
  /** Keeps the rows for which a condition in SQL is true. */
  where(condition: string): RelationalView<R, K>;
  /** Adds columns computed in SQL: `c.date('cast(ordered_at as date)')`. Later ones may use earlier ones. */
  derive<D extends Record<string, RelationColumn<unknown>>>(
    build: (c: RelationColumns) => Derive<R, D>,
  ): RelationalView<Extended<R, RelationRow<D>>, K>;
  /** Keeps these columns only, in this order; those that identify a row must be among them. */
  select<C extends ColumnName<R>>(...columns: readonly C[]): RelationalView<Selected<R, C>, K>;
  /** Leaves columns out. */
  omit<C extends Exclude<ColumnName<R>, K>>(...columns: readonly C[]): RelationalView<Omitted<R, C>, K>;
  /** One row per combination of these columns. As in SQL, null is a group of its own. */
  groupBy<G extends ColumnName<R>>(...columns: readonly [G, ...G[]]): Grouping<R, G>;
  /**
   * Adds a column with an integer for each key that stays the same for ever, from 1 on. The row with 0 stands for the
   * unknown: its other columns are null.
   */
  surrogateKey<S extends string>(name: S & (S extends keyof R ? Exists<S> : unknown)): Relation<Numbered<R, S>, K>;
}

/** Groups of rows `R` that nothing is measured of yet. */
export interface Grouping<R, G extends ColumnName<R>> {
  /** What is measured of the rows of a group. */
  aggregate<A extends Record<string, RelationAggregate<unknown>>>(
    build: (a: RelationAggregates<R>) => A & { readonly [K in keyof A & G]: Exists<K> },
  ): GroupedView<Pretty<Pick<R, G> & RelationMeasures<A>>, G>;
  /** Only the groups themselves. */
  distinct(): GroupedView<Pretty<Pick<R, G>>, G>;
}

/** A relational view of groups. */
export interface GroupedView<R, K extends string> extends Relation<R, K> {
  /** Adds columns computed in SQL from those of a group: `c.nullable.double('total / orders')`. */
  derive<D extends Record<string, RelationColumn<unknown>>>(
    build: (c: RelationColumns) => Derive<R, D>,
  ): GroupedView<Extended<R, RelationRow<D>>, K>;
  /** Adds a column with an integer for each group that stays the same for ever; 0 stands for the unknown. */
  surrogateKey<S extends string>(name: S & (S extends keyof R ? Exists<S> : unknown)): Relation<Numbered<R, S>, K>;
}
