import type { AnyRow } from '@medallion/schema';
import type { ConditionDeclaration, Operation } from './declaration.ts';
import { type Columns, type DerivedColumn, derivedColumns } from './derived-column.ts';
import type { SqlCondition } from './sql.ts';

// The steps that tables and views share, as the data that both collect.

/** The arguments of a test of a row: words and a function, or SQL. */
export type ConditionArguments = readonly [text: string, test: (row: AnyRow) => boolean] | readonly [SqlCondition];

export const condition = ([first, test]: ConditionArguments): ConditionDeclaration =>
  typeof first === 'string' ? { kind: 'row', text: first, test: test as (row: AnyRow) => boolean } : first;

export const derivation = (
  build: (c: Columns<AnyRow>) => Readonly<Record<string, DerivedColumn<unknown>>>,
): Operation => ({ kind: 'derive', columns: build(derivedColumns) });

export const explosion = (
  column: string,
  options: { readonly position?: string; readonly rename?: Readonly<Record<string, string>> } = {},
): Operation => ({ kind: 'explode', column, position: options.position ?? null, rename: options.rename ?? {} });
