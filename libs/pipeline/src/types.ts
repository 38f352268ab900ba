import type { EpochDay, Instant } from '@medallion/core';

/** Shown by the compiler in place of `never`, so that a mistake names its own remedy. */
export type DeclarationError<Remedy extends string> = { readonly __declarationError: Remedy };

/** The same type, written out for readers of compiler messages. */
export type Pretty<T> = { readonly [K in keyof T]: T[K] };

/** A row with columns added. */
export type Extended<R, D> = Pretty<R & D>;

/** The names of the columns of `R`. */
export type ColumnName<R> = keyof R & string;

/** The names of the numeric columns of `R`; instants and days are no numbers to add up. */
export type NumericColumn<R> = {
  [K in ColumnName<R>]: IsNumeric<NonNullable<R[K]>> extends true ? K : never;
}[ColumnName<R>];

/** The names of the numeric columns of `R` that are never null. */
export type CountedColumn<R> = { [K in ColumnName<R>]: IsNumeric<R[K]> extends true ? K : never }[ColumnName<R>];

/** The names of the columns of `R` that have an order of numbers or of time. */
export type OrderedColumn<R> = {
  [K in ColumnName<R>]: [NonNullable<R[K]>] extends [number] ? K : never;
}[ColumnName<R>];

/** The names of the columns of `R` that hold an instant and are never null. */
export type InstantColumn<R> = { [K in ColumnName<R>]: [R[K]] extends [Instant] ? K : never }[ColumnName<R>];

/** The names of the columns of `R` that hold a day and are never null. */
export type DayColumn<R> = { [K in ColumnName<R>]: [R[K]] extends [EpochDay] ? K : never }[ColumnName<R>];

type IsNumeric<V> = [V] extends [Instant | EpochDay] ? false : [V] extends [number] ? true : false;

/** Any table, as far as one needs to know to read from it. `$row` and `$timed` exist for the compiler only. */
export type Typed<R> = { readonly $row: R };

/**
 * The TypeScript type of a table's rows.
 *
 * @example type Delivery = Row<typeof silver>
 */
export type Row<T extends Typed<unknown>> = T['$row'];
