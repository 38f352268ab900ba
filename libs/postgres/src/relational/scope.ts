import { invariant } from '@medallion/core';
import { type SqlExpression, toSql } from '@medallion/expressions';
import type { RelationalViewPlan } from '@medallion/pipeline';
import type { Field } from '@medallion/schema';
import { derivedName, ident } from '../sql-text.ts';
import { type Place, type Relation, SOURCE, type Surrogate } from './relation.ts';

/** What a name stands for while a view is put together: its SQL and what it is. */
export type Scope = Map<string, Named>;

type Named = { readonly sql: string; readonly field: Field; readonly place: Place | null };

/** The columns of a relation, as the source of another. */
export const sourceScope = (source: Relation): Scope =>
  new Map(
    source.fields.map((field) => {
      const sql = `${SOURCE}.${ident(field.name)}`;
      return [field.name, { sql, field, place: { alias: SOURCE, field, sql, plain: true } }];
    }),
  );

export function namedIn(scope: Scope, name: string): Named {
  const found = scope.get(name);
  invariant(found !== undefined, `there is no column ${name}`);
  return found;
}

export const sqlIn = (scope: Scope, name: string): string => namedIn(scope, name).sql;

export const expressionSql = (expression: SqlExpression, scope: Scope): string =>
  toSql(expression, (name) => sqlIn(scope, name));

export function fieldIn(fields: readonly Field[], name: string): Field {
  const found = fields.find((field) => field.name === name);
  invariant(found !== undefined, `there is no column ${name}`);
  return found;
}

/** The surrogate key of a view and where its integers are kept. */
export function surrogateOf(plan: RelationalViewPlan): Surrogate | null {
  if (plan.surrogateKey === null) return null;
  return { column: fieldIn(plan.schema.fields, plan.surrogateKey), keys: derivedName(plan.name, '__keys') };
}
