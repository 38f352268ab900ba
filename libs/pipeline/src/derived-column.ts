import type { EpochDay, Instant } from '@medallion/core';
import { type AnyRow, decimal, type FieldType, type Value } from '@medallion/schema';

/** A column computed from a row; made by `c.double(…)` and its neighbours. `$value` exists for the compiler only. */
export type DerivedColumn<V> = {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly compute: (row: AnyRow) => Value | undefined;
  readonly $value: V;
};

type Compute<R, V> = (row: R) => V;

/** The kinds of columns that can be derived from rows `R`. */
export type ColumnKinds<R, Null extends null> = {
  boolean(compute: Compute<R, boolean | Null>): DerivedColumn<boolean | Null>;
  /** A whole number of 32 bits. */
  int(compute: Compute<R, number | Null>): DerivedColumn<number | Null>;
  /** A whole number within ±(2^53 − 1). */
  long(compute: Compute<R, number | Null>): DerivedColumn<number | Null>;
  /** A finite number. */
  double(compute: Compute<R, number | Null>): DerivedColumn<number | Null>;
  /** A decimal of at most `precision` digits (15 at most), `scale` of them after the point: round to it yourself. */
  decimal(precision: number, scale: number, compute: Compute<R, number | Null>): DerivedColumn<number | Null>;
  string(compute: Compute<R, string | Null>): DerivedColumn<string | Null>;
  timestamp(compute: Compute<R, Instant | Null>): DerivedColumn<Instant | Null>;
  date(compute: Compute<R, EpochDay | Null>): DerivedColumn<EpochDay | Null>;
};

/** What a `derive` callback gets: `c.double(…)` for a column that is never null, `c.nullable.double(…)` for one that may be. */
export type Columns<R> = ColumnKinds<R, never> & { readonly nullable: ColumnKinds<R, null> };

/** The columns that a `derive` callback returns, as row columns. */
export type DerivedRow<D extends Record<string, DerivedColumn<unknown>>> = {
  readonly [K in keyof D]: D[K]['$value'];
};

function kinds<Null extends null>(nullable: boolean): ColumnKinds<AnyRow, Null> {
  const column =
    <V extends Value>(type: FieldType) =>
    (compute: Compute<AnyRow, V>): DerivedColumn<V> =>
      Object.freeze({ type, nullable, compute, $value: undefined as unknown as V });
  return Object.freeze({
    boolean: column<boolean | Null>({ kind: 'boolean' }),
    int: column<number | Null>({ kind: 'int' }),
    long: column<number | Null>({ kind: 'long' }),
    double: column<number | Null>({ kind: 'double' }),
    decimal: (precision: number, scale: number, compute: Compute<AnyRow, number | Null>) =>
      column<number | Null>(decimal(precision, scale).type)(compute),
    string: column<string | Null>({ kind: 'string' }),
    timestamp: column<Instant | Null>({ kind: 'timestamp' }),
    date: column<EpochDay | Null>({ kind: 'date' }),
  });
}

/** The builders behind every `derive` callback; the row type is only known to the compiler. */
export const derivedColumns: Columns<AnyRow> = Object.freeze({ ...kinds<never>(false), nullable: kinds<null>(true) });
