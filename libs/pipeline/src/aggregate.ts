import type { AnyRow } from '@medallion/schema';
import type { AggregatePlan } from './plan.ts';
import type { ColumnName, NumericColumn, OrderedColumn } from './types.ts';

/** A measure of the rows of a window and group; made by `a.sum(…)` and its neighbours. `$value` exists for the compiler only. */
export type Aggregate<V> = {
  readonly kind: AggregatePlan['kind'];
  readonly column: string | null;
  readonly where: AggregatePlan['where'];
  readonly $value: V;
};

/**
 * The measures over rows `R`. Null values are not measured, as in SQL. `where` measures only the rows that pass; its
 * source is shown by `describe()`, and is no part of the table's hash: raise `version()` when its meaning changes.
 */
export type Aggregates<R> = {
  /** The number of rows. */
  count(where?: (row: R) => boolean): Aggregate<number>;
  /** 0 when there is nothing to add up. */
  sum(column: NumericColumn<R>, where?: (row: R) => boolean): Aggregate<number>;
  /** Null when there is no value. */
  avg(column: NumericColumn<R>, where?: (row: R) => boolean): Aggregate<number | null>;
  /** Null when there is no value. */
  min<K extends OrderedColumn<R>>(column: K, where?: (row: R) => boolean): Aggregate<NonNullable<R[K]> | null>;
  /** Null when there is no value. */
  max<K extends OrderedColumn<R>>(column: K, where?: (row: R) => boolean): Aggregate<NonNullable<R[K]> | null>;
  /** The exact number of different values. */
  countDistinct(column: ColumnName<R>, where?: (row: R) => boolean): Aggregate<number>;
};

/** The measures that an `aggregate` callback returns, as row columns. */
export type MeasuredRow<A extends Record<string, Aggregate<unknown>>> = { readonly [K in keyof A]: A[K]['$value'] };

type Where = ((row: AnyRow) => boolean) | undefined;

const measure = <V>(kind: AggregatePlan['kind'], column: string | null, where: Where): Aggregate<V> =>
  Object.freeze({
    kind,
    column,
    where: where === undefined ? null : Object.freeze({ text: sourceOf(where), test: where }),
    $value: undefined as unknown as V,
  });

/** `d => d.is_delivered` as `d.is_delivered`: the source of a predicate on one line. */
function sourceOf(test: (row: AnyRow) => boolean): string {
  const source = String(test).replace(/\s+/g, ' ').trim();
  return /^\(?[\w$]+\)? => (?!\{)(.+)$/.exec(source)?.[1] ?? source;
}

/** The builders behind every `aggregate` callback; the row type is only known to the compiler. */
export const aggregates: Aggregates<AnyRow> = Object.freeze({
  count: (where?: Where) => measure<number>('count', null, where),
  sum: (column: string, where?: Where) => measure<number>('sum', column, where),
  avg: (column: string, where?: Where) => measure<number | null>('avg', column, where),
  min: <V>(column: string, where?: Where) => measure<V>('min', column, where),
  max: <V>(column: string, where?: Where) => measure<V>('max', column, where),
  countDistinct: (column: string, where?: Where) => measure<number>('count_distinct', column, where),
});
