import type { UnknownColumns } from './expectation.ts';
import type { ColumnName, DeclarationError, Pretty } from './types.ts';

/** A row without some of its columns. */
export type Omitted<R, K> = { readonly [P in keyof R as P extends K ? never : P]: R[P] };

/** A row with only these columns. */
export type Selected<R, K extends keyof R> = { readonly [P in K]: R[P] };

/** The names of the columns of `R` that hold lists. */
export type ListColumn<R> = {
  [K in ColumnName<R>]: [NonNullable<R[K]>] extends [readonly unknown[]] ? K : never;
}[ColumnName<R>];

/** The row type of the elements of a list. */
export type ElementOf<V> = NonNullable<V> extends readonly (infer E)[] ? E : never;

/** New names of some columns. */
export type Renames<E> = { readonly [P in ColumnName<E>]?: string };

/** A row whose columns have the names that `M` gives them. */
export type Renamed<E, M> = { readonly [P in keyof E as P extends keyof M ? M[P] & string : P]: E[P] };

/** A row made of one element of the list column `K`. */
export type Exploded<R, K extends keyof R, M, P extends string> = Pretty<
  Omitted<R, K> & Renamed<ElementOf<R[K]>, M> & { readonly [I in P]: number }
>;

type Repeated<R, K extends keyof R, M, P extends string> =
  | Extract<keyof Renamed<ElementOf<R[K]>, M> | P, keyof Omitted<R, K>>
  | Extract<keyof Renamed<ElementOf<R[K]>, M>, P>;

/** Refuses an explosion in which two columns would have one name. */
export type NoClash<R, K extends keyof R, M, P extends string> = [Repeated<R, K, M, P>] extends [never]
  ? unknown
  : DeclarationError<`column "${Repeated<R, K, M, P> & string}" exists already: give the element's another name, { rename: { … } }`>;

/** What may be said of an explosion. */
export type ExplodeOptions<E, M extends Renames<E>, P extends string> = {
  /** The column that counts the elements from 0; none unless named. */
  readonly position?: P;
  /** Columns of the element → columns of the row, where they should have other names. */
  readonly rename?: M & UnknownColumns<E, M>;
};

/** No new names. */
export type NoRenames = Readonly<Record<never, string>>;
