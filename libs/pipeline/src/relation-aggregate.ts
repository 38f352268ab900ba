import type { RelationAggregatePlan } from './plan.ts';
import type { ColumnName, NumericColumn, OrderedColumn } from './types.ts';

/** A measure of the rows of a group; made by `a.sum(…)` and its neighbours. `$value` exists for the compiler only. */
export type RelationAggregate<V> = {
  readonly kind: RelationAggregatePlan['kind'];
  readonly column: string | null;
  /** A condition in SQL; null for all rows. */
  readonly where: string | null;
  readonly $value: V;
};

/**
 * The measures over rows `R`. Null values are not measured. `where` is a condition in SQL: only the rows for which it is
 * true are measured.
 */
export type RelationAggregates<R> = {
  /** The number of rows. */
  count(where?: string): RelationAggregate<number>;
  /** 0 when there is nothing to add up. */
  sum(column: NumericColumn<R>, where?: string): RelationAggregate<number>;
  /** Null when there is no value. */
  avg(column: NumericColumn<R>, where?: string): RelationAggregate<number | null>;
  /** Null when there is no value. */
  min<K extends OrderedColumn<R>>(column: K, where?: string): RelationAggregate<NonNullable<R[K]> | null>;
  /** Null when there is no value. */
  max<K extends OrderedColumn<R>>(column: K, where?: string): RelationAggregate<NonNullable<R[K]> | null>;
  /** The exact number of different values. */
  countDistinct(column: ColumnName<R>, where?: string): RelationAggregate<number>;
};

/** The measures that an `aggregate` callback returns, as row columns. */
export type RelationMeasures<A extends Record<string, RelationAggregate<unknown>>> = {
  readonly [K in keyof A]: A[K]['$value'];
};

const measure = <V>(
  kind: RelationAggregatePlan['kind'],
  column: string | null,
  where: string | undefined,
): RelationAggregate<V> => Object.freeze({ kind, column, where: where ?? null, $value: undefined as unknown as V });

/** The builders behind every `aggregate` callback; the row type is only known to the compiler. */
export const relationAggregates: RelationAggregates<Record<string, number>> = Object.freeze({
  count: (where?: string) => measure<number>('count', null, where),
  sum: (column: string, where?: string) => measure<number>('sum', column, where),
  avg: (column: string, where?: string) => measure<number | null>('avg', column, where),
  min: <V>(column: string, where?: string) => measure<V>('min', column, where),
  max: <V>(column: string, where?: string) => measure<V>('max', column, where),
  countDistinct: (column: string, where?: string) => measure<number>('count_distinct', column, where),
});
