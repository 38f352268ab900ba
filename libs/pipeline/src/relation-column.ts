import type { EpochDay, Instant } from '@medallion/core';
import { decimal as decimalOf, type FieldType } from '@medallion/schema';

/** A column computed in SQL; made by `c.double('…')` and its neighbours. `$value` exists for the compiler only. */
export type RelationColumn<V> = {
  readonly type: FieldType;
  readonly nullable: boolean;
  /** The expression over the columns of a row. */
  readonly text: string;
  readonly $value: V;
};

/** The kinds of columns that can be computed in SQL. The kind is what the expression must have; whole numbers may widen. */
export type RelationColumnKinds<Null extends null> = {
  boolean(text: string): RelationColumn<boolean | Null>;
  /** A whole number of 32 bits. */
  int(text: string): RelationColumn<number | Null>;
  /** A whole number within ±(2^53 − 1). */
  long(text: string): RelationColumn<number | Null>;
  /** A finite number. */
  double(text: string): RelationColumn<number | Null>;
  /** A decimal of at most `precision` digits (15 at most), `scale` of them after the point. */
  decimal(precision: number, scale: number, text: string): RelationColumn<number | Null>;
  string(text: string): RelationColumn<string | Null>;
  timestamp(text: string): RelationColumn<Instant | Null>;
  date(text: string): RelationColumn<EpochDay | Null>;
};

/** What a `derive` callback gets: `c.double('…')` for a column that is never null, `c.nullable.double('…')` for one that may be. */
export type RelationColumns = RelationColumnKinds<never> & { readonly nullable: RelationColumnKinds<null> };

/** The columns that a `derive` callback returns, as row columns. */
export type RelationRow<D extends Record<string, RelationColumn<unknown>>> = {
  readonly [K in keyof D]: D[K]['$value'];
};

function kinds<Null extends null>(nullable: boolean): RelationColumnKinds<Null> {
  const column = <V>(type: FieldType, text: string): RelationColumn<V | Null> =>
    Object.freeze({ type: Object.freeze(type), nullable, text, $value: undefined as unknown as V | Null });
  return Object.freeze({
    boolean: (text: string) => column<boolean>({ kind: 'boolean' }, text),
    int: (text: string) => column<number>({ kind: 'int' }, text),
    long: (text: string) => column<number>({ kind: 'long' }, text),
    double: (text: string) => column<number>({ kind: 'double' }, text),
    decimal: (precision: number, scale: number, text: string) => column<number>(decimalOf(precision, scale).type, text),
    string: (text: string) => column<string>({ kind: 'string' }, text),
    timestamp: (text: string) => column<Instant>({ kind: 'timestamp' }, text),
    date: (text: string) => column<EpochDay>({ kind: 'date' }, text),
  });
}

/** The builders behind every `derive` callback of a relational view. */
export const relationColumns: RelationColumns = Object.freeze({ ...kinds<never>(false), nullable: kinds<null>(true) });
