import type { DurationMs } from '@medallion/core';
import type { KeyedTableDeclaration } from './declaration.ts';
import type { Stored } from './settings.ts';
import type { ColumnName, OrderedColumn, Pretty } from './types.ts';

/**
 * A table with one row a key `K` (type 1), or one row a key and validity (type 2), kept up to date by changes. Kept as a
 * compacted changelog, and in Postgres. A value: each method returns another table.
 */
export interface KeyedTable<R, K extends string, Type extends 1 | 2 = 1> extends Stored<R> {
  readonly name: string;
  readonly declaration: KeyedTableDeclaration;
  readonly $key: K;
  readonly $type: Type;
}

/** How rows `R` change a keyed table. */
export type ChangeOptions<
  R,
  K extends ColumnName<R>,
  S extends OrderedColumn<R>,
  Type extends 1 | 2,
  E extends ColumnName<R>,
> = {
  /** The columns that identify a row. Records of one key must come in one partition: one of them is the source's key. */
  readonly keys: readonly K[];
  /** The column whose greater value is the later change. */
  readonly sequenceBy: S;
  /** Which rows delete their key: a condition in SQL, or words and a test. None unless told. */
  readonly applyAsDeletes?: string | { readonly text: string; readonly test: (row: R) => boolean };
  /** 1 overwrites, 2 keeps history. 1 by default. */
  readonly storedAs?: Type;
  /** Type 2: the columns of which a new value makes a new version. All but keys, sequence and audit columns by default. */
  readonly trackHistory?: readonly ColumnName<R>[] | { readonly except: readonly ColumnName<R>[] };
  /** Columns of the changes that the table leaves out, such as the one that says what a change is. */
  readonly except?: readonly E[];
  /** How long a deleted key is remembered, so that an older change cannot bring it back. 7 days by default. */
  readonly tombstoneRetention?: DurationMs;
};

/** The rows of a keyed table: keys and sequence are never null, and type 2 has the validity of each version. */
export type Applied<R, K, S extends keyof R, Type extends 1 | 2, E> = Pretty<
  { readonly [P in keyof R as P extends E ? never : P]: P extends K | S ? NonNullable<R[P]> : R[P] } & (2 extends Type
    ? { readonly __START_AT: NonNullable<R[S]>; readonly __END_AT: NonNullable<R[S]> | null }
    : unknown)
>;

/** The columns that identify a row: of type 2, with the beginning of the version. */
export type KeyOf<K extends string, Type extends 1 | 2> = 2 extends Type ? K | '__START_AT' : K;
