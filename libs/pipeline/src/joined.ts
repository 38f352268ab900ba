import type { Pairs } from './declaration.ts';
import type { UnknownColumns } from './expectation.ts';
import type { ColumnName, DeclarationError } from './types.ts';

/**
 * Which columns of the left row equal the keys `K` of a table: one name where both sides call it the same, several, or
 * pairs `{ buyer: 'customer_id' }`.
 */
export type On<L, K extends string> =
  | (K & ColumnName<L>)
  | readonly (K & ColumnName<L>)[]
  | { readonly [P in ColumnName<L>]?: K };

/** The columns that are taken over from a table: their names, or pairs `{ name: 'customer_name' }`. */
export type Taken<D> = readonly ColumnName<D>[] | { readonly [P in ColumnName<D>]?: string };

/** The columns taken over, by the names that they get. */
export type TakenRow<D, C> = C extends readonly (infer N)[]
  ? { readonly [P in N & keyof D]: D[P] }
  : { readonly [P in keyof C & keyof D as C[P] & string]: D[P] };

/** The same columns, each of which may be null unless a value stands in. */
export type Missing<J, O> = { readonly [P in keyof J]: P extends keyof O ? J[P] | NonNullableOf<O[P]> : J[P] | null };
type NonNullableOf<V> = [V] extends [null | undefined] ? null : never;

/** The columns that a join adds: of a left join, each may be null. */
export type JoinedRow<D, C, Type> = 'left' extends Type
  ? { readonly [P in keyof TakenRow<D, C>]: TakenRow<D, C>[P] | null }
  : TakenRow<D, C>;

/** How a stream is joined with a keyed table. */
export type JoinOptions<R, Timed extends boolean, D, K extends string, C extends Taken<D>, Type> = {
  readonly on: On<R, K>;
  readonly mode?:
    | 'latest'
    | (Timed extends true
        ? 'as of event time'
        : DeclarationError<'this table has no event time: call .eventTime(column, { watermarkDelay }) first'>);
  readonly type: Type;
  readonly columns: C;
};

/** Refuses to take over columns that the table does not have, and those whose names the row has already. */
export type CanTake<R, D, C> = NoOverlap<R, TakenRow<D, C>> &
  (C extends readonly unknown[] ? unknown : UnknownColumns<D, C>);

/** Refuses to take over a column whose name the row has already. */
type NoOverlap<R, J> = [keyof J & keyof R] extends [never]
  ? unknown
  : DeclarationError<`column "${keyof J & keyof R & string}" exists already: take it over under another name, { from: 'to' }`>;

/** Names or pairs as pairs. */
export function pairsOf(names: string | readonly string[] | Readonly<Record<string, string | undefined>>): Pairs {
  if (typeof names === 'string') return [[names, names]];
  if (Array.isArray(names)) return (names as readonly string[]).map((name) => [name, name] as const);
  return Object.entries(names).map(([from, to]) => [from, to ?? from] as const);
}
