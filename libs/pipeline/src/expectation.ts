import type { AnyRow } from '@medallion/schema';
import type { Check } from './check.ts';
import type { AnyCheck, ExpectationDeclaration } from './declaration.ts';
import type { Action } from './plan.ts';
import type { SqlCondition } from './sql.ts';
import type { DeclarationError } from './types.ts';

/** The type of a column after a blocking check: never null unless the check accepts null, and no wider than before. */
export type Kept<V, Out> =
  | KeptValue<NonNullable<V>, NonNullable<Out>>
  | (unknown extends Out ? never : null extends Out ? Extract<V, null> : never);
type KeptValue<V, Out> = [V] extends [Out] ? V : [V & Out] extends [never] ? Out : V & Out;

/** A row after one blocking check. */
export type Narrowed<R, K, Out> = { readonly [P in keyof R]: P extends K ? Kept<R[P], Out> : R[P] };

/** Checks by column. */
export type ColumnChecks<R> = { readonly [K in keyof R]?: Check<NonNullable<R[K]>, unknown> };

/** A row after several blocking checks. */
export type NarrowedAll<R, C> = { readonly [P in keyof R]: P extends keyof C ? Kept<R[P], Accepted<C[P]>> : R[P] };
type Accepted<C> = C extends Check<never, infer Out> ? Out : never;

/** Names the columns of `C` that `R` does not have. */
export type UnknownColumns<R, C> = {
  readonly [K in Exclude<keyof C, keyof R>]: DeclarationError<`there is no column "${K & string}"`>;
};

/** Named groups of checks, as `expectAll…` takes them. */
export type NamedChecks<R> = Readonly<Record<string, ColumnChecks<R>>>;
/** The checks of all names together. */
export type AllChecks<A> = (A[keyof A] extends infer C ? (C extends unknown ? (c: C) => void : never) : never) extends (
  c: infer All,
) => void
  ? All
  : never;

/** The arguments of one expectation after its name, in any of its three forms. */
export type RuleArguments =
  | readonly [column: string, check: AnyCheck]
  | readonly [checks: Readonly<Record<string, AnyCheck>>]
  | readonly [text: string, test: (row: AnyRow) => unknown]
  | readonly [SqlCondition];

/** One expectation as data, from any of its forms. */
export function expectation(name: string, action: Action, [first, second]: RuleArguments): ExpectationDeclaration {
  if (isSql(first)) return { name, action, rule: first };
  if (typeof first !== 'string') return { name, action, rule: { kind: 'columns', checks: first } };
  if (typeof second === 'function') return { name, action, rule: { kind: 'row', text: first, test: second } };
  return { name, action, rule: { kind: 'columns', checks: { [first]: second as AnyCheck } } };
}

/** A column may be called `kind`, but no check is a text. */
const isSql = (first: RuleArguments[0]): first is SqlCondition =>
  typeof first !== 'string' && (first as { readonly kind?: unknown }).kind === 'sql';
