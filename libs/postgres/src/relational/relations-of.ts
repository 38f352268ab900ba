import { invariant } from '@medallion/core';
import { type PipelinePlan, type RelationalViewPlan, VALIDITY } from '@medallion/pipeline';
import type { Field } from '@medallion/schema';
import { derivedName, ident } from '../sql-text.ts';
import { groupsOf } from './groups-of.ts';
import { type Computed, type Join, type KeyedRelation, type Relation, type RowRelation, SOURCE } from './relation.ts';
import { expressionSql, fieldIn, type Scope, sourceScope, sqlIn, surrogateOf } from './scope.ts';
import { castTo, valueSql } from './typed-sql.ts';

/**
 * The relations of a plan, each after those that it is computed from.
 *
 * A view that groups joined rows becomes two: its rows, in a table of their own (`<view>__rows`), and their groups. So
 * the group that a row was in before a change is known, and the rows of a group are found by an index.
 */
export function relationsOf(plan: PipelinePlan): readonly Relation[] {
  const byName = new Map<string, Relation>();
  const all: Relation[] = [];
  const add = (relation: Relation): void => void all.push(relation);
  for (const table of plan.tables) {
    if (table.kind === 'keyed_table') {
      const names = table.storedAs === 2 ? [...table.keys, VALIDITY.from] : table.keys;
      const key = names.map((name) => ({ ...fieldIn(table.schema.fields, name), nullable: false }));
      const relation: KeyedRelation = {
        kind: 'keyed',
        plan: table,
        name: table.name,
        fields: table.schema.fields,
        key,
      };
      byName.set(table.name, relation);
      add(relation);
    } else if (table.kind === 'relational_view') {
      const made = computed(table, (name) => {
        const found = byName.get(name);
        invariant(found !== undefined, `${table.name} reads ${name}, which is no keyed table or view before it`);
        return found;
      });
      for (const relation of made) add(relation);
      byName.set(table.name, made.at(-1)!);
    }
  }
  return all;
}

/** The relations that one reads directly, its source first. */
export const inputsOf = (relation: Relation): readonly Relation[] => {
  if (relation.kind === 'keyed') return [];
  return relation.kind === 'rows'
    ? [relation.source, ...relation.joins.map((join) => join.relation)]
    : [relation.source];
};

/** Whether a table is only there for another one, and no user's business. */
export const isHidden = (relation: Relation): boolean =>
  relation.kind !== 'keyed' && relation.name !== relation.plan.name;

function computed(plan: RelationalViewPlan, find: (name: string) => Relation): readonly Computed[] {
  const source = find(plan.source);
  const { scope, joins } = joinedScope(plan, source, find);
  for (const { field, expression } of plan.derived)
    scope.set(field.name, { sql: castTo(expressionSql(expression, scope), field), field, place: null });
  const where = plan.where === null ? null : expressionSql(plan.where, scope);
  if (plan.groupBy === null) return [rowsOf(plan, source, joins, scope, where)];
  const direct = joins.length === 0 && plan.groupBy.every(({ name }) => scope.get(name)?.place?.alias === SOURCE);
  if (direct) return groupsOf(plan, source, scope, where);
  const staged = stageOf(plan, source, joins, scope, where);
  return [staged, ...groupsOf(plan, staged, sourceScope(staged), null)];
}

function joinedScope(
  plan: RelationalViewPlan,
  source: Relation,
  find: (name: string) => Relation,
): { readonly scope: Scope; readonly joins: readonly Join[] } {
  const scope = sourceScope(source);
  const joins = plan.joins.map(({ table, type, on, columns }, i): Join => {
    const relation = find(table);
    const alias = `j${i}`;
    const pairs = on.map(([left, right]) => {
      const place = scope.get(left)?.place;
      invariant(place !== null && place !== undefined, `${plan.name} joins on ${left}, which no table before has`);
      return { left: place, right: fieldIn(relation.fields, right) };
    });
    for (const { from, field, otherwise } of columns) {
      const column = `${alias}.${ident(from)}`;
      const found = `${alias}.${ident(pairs[0]!.right.name)} IS NOT NULL`;
      const sql =
        otherwise === null ? column : `CASE WHEN ${found} THEN ${column} ELSE ${valueSql(otherwise, field)} END`;
      const place = { alias, field: fieldIn(relation.fields, from), sql, plain: otherwise === null };
      scope.set(field.name, { sql, field, place });
    }
    const names = new Set(pairs.map(({ right }) => right.name));
    const open = relation.kind === 'keyed' && relation.plan.storedAs === 2 && !names.has(VALIDITY.from);
    const key = open ? relation.plan.keys : relation.key.map((field) => field.name);
    invariant(
      key.length === names.size && key.every((name) => names.has(name)),
      `${plan.name} joins ${table} on other columns than its key`,
    );
    return { alias, relation, type, on: pairs, open };
  });
  return { scope, joins };
}

function rowsOf(
  plan: RelationalViewPlan,
  source: Relation,
  joins: readonly Join[],
  scope: Scope,
  where: string | null,
): RowRelation {
  const shown: Scope = new Map(scope);
  for (const { field, expression } of plan.columns)
    shown.set(field.name, { sql: castTo(expressionSql(expression, shown), field), field, place: null });
  const surrogate = surrogateOf(plan);
  const stored = plan.schema.fields.filter((field) => field.name !== plan.surrogateKey);
  return {
    kind: 'rows',
    plan,
    name: plan.name,
    fields: plan.schema.fields,
    key: source.key.map(({ name }) => keyField(plan, source, name)),
    source,
    joins,
    outputs: new Map(stored.map((field) => [field.name, castTo(sqlIn(shown, field.name), field)])),
    where,
    surrogate,
  };
}

/** The key of a view over rows is that of its source, as it is there. */
function keyField(plan: RelationalViewPlan, source: Relation, name: string): Field {
  invariant(
    plan.schema.fields.some((field) => field.name === name),
    `${plan.name} leaves out ${name}, a key of its source`,
  );
  return fieldIn(source.key, name);
}

/** The joined rows of a view, with what its groups need. */
function stageOf(
  plan: RelationalViewPlan,
  source: Relation,
  joins: readonly Join[],
  scope: Scope,
  where: string | null,
): RowRelation {
  const needed = [
    ...source.key.map((field) => field.name),
    ...plan.groupBy!.map((field) => field.name),
    ...plan.aggregates.flatMap((a) => [...(a.column === null ? [] : [a.column]), ...(a.where?.columns ?? [])]),
  ];
  const fields = [...new Set(needed)].map((name) => {
    const { field } = scope.get(name)!;
    const group = plan.groupBy!.find((each) => each.name === name);
    return { ...field, name, ...(group === undefined ? {} : { nullable: group.nullable }) };
  });
  return {
    kind: 'rows',
    plan,
    name: derivedName(plan.name, '__rows'),
    fields,
    key: source.key,
    source,
    joins,
    outputs: new Map(fields.map((field) => [field.name, castTo(sqlIn(scope, field.name), field)])),
    where,
    surrogate: null,
  };
}
