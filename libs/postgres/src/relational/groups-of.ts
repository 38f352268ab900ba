import { assertNever, invariant } from '@medallion/core';
import type { RelationAggregatePlan, RelationalViewPlan } from '@medallion/pipeline';
import type { Field, FieldType } from '@medallion/schema';
import { derivedName, ident } from '../sql-text.ts';
import {
  type Accumulator,
  type Computed,
  type GroupRelation,
  type Relation,
  type RowRelation,
  SOURCE,
} from './relation.ts';
import { expressionSql, namedIn, type Scope, sqlIn, surrogateOf } from './scope.ts';
import { castTo } from './typed-sql.ts';

/**
 * A view of groups as two relations: what is kept of each group, in a table of its own (`<view>__groups`), and the rows
 * that users see, computed from it. So a measure need not be what it is merged from: an average is exact, as its sum and
 * its count are.
 */
export function groupsOf(
  plan: RelationalViewPlan,
  source: Relation,
  scope: Scope,
  where: string | null,
): readonly Computed[] {
  const groups = plan.groupBy!;
  invariant(groups.length > 0, `${plan.name} has no groups`);
  const accumulators = new Accumulators(scope);
  const measures = plan.aggregates.map((aggregate) => [aggregate.result, accumulators.measure(aggregate)] as const);
  const kept: GroupRelation = {
    kind: 'groups',
    plan,
    name: derivedName(plan.name, '__groups'),
    fields: [...groups, ...accumulators.all.map(({ field }) => field)],
    key: groups,
    source,
    groups,
    accumulators: accumulators.all,
    outputs: (group) =>
      new Map([
        ...groups.map((field) => [field.name, castTo(group(field.name), field)] as const),
        ...accumulators.all.map(({ field, aggregate }) => [field.name, castTo(aggregate, field)] as const),
      ]),
    where,
    surrogate: null,
  };
  return [kept, shownOf(plan, kept, measures)];
}

function shownOf(
  plan: RelationalViewPlan,
  source: GroupRelation,
  measures: readonly (readonly [Field, string])[],
): RowRelation {
  const shown: Scope = new Map();
  const put = (field: Field, sql: string): void => void shown.set(field.name, { sql, field, place: null });
  for (const field of source.groups) put(field, `${SOURCE}.${ident(field.name)}`);
  for (const [field, sql] of measures) put(field, castTo(sql, field));
  for (const { field, expression } of plan.columns) put(field, castTo(expressionSql(expression, shown), field));
  const stored = plan.schema.fields.filter((field) => field.name !== plan.surrogateKey);
  return {
    kind: 'rows',
    plan,
    name: plan.name,
    fields: plan.schema.fields,
    key: source.groups,
    source,
    joins: [],
    outputs: new Map(stored.map((field) => [field.name, castTo(sqlIn(shown, field.name), field)])),
    where: null,
    surrogate: surrogateOf(plan),
  };
}

const LONG: FieldType = { kind: 'long' };
/** More digits than any sum of the language's numbers has. */
const SUM_DIGITS = 60;

/** What the measures of a view are made of; two that need the same thing share it. */
class Accumulators {
  readonly all: Accumulator[] = [];
  readonly #scope: Scope;
  readonly #known = new Map<string, string>();

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#add('count', LONG, { value: null, filter: null, column: null }, 'count(*)');
  }

  /** The SQL of a measure over what is kept; null where there is no value. */
  measure({ kind, column, where, result }: RelationAggregatePlan): string {
    const filter = where === null ? null : expressionSql(where, this.#scope);
    const only = filter === null ? '' : ` FILTER (WHERE ${filter})`;
    if (column === null) return this.#add('count', LONG, { value: null, filter, column: null }, `count(*)${only}`);
    const { sql: value, field, place } = namedIn(this.#scope, column);
    const of = { value, filter, column: place === null || !place.plain ? null : place.field };
    const counted = (): string => this.#add('count', LONG, of, `count(${value})${only}`);
    switch (kind) {
      case 'count':
        return counted();
      case 'count_distinct':
        return this.#add(of.column === null ? 'anew' : 'distinct', LONG, of, `count(DISTINCT ${value})${only}`);
      case 'min':
      case 'max':
        return this.#add(kind, field.type, of, `${kind}(${value})${only}`);
      case 'sum':
      case 'avg': {
        const added = this.#sumOf(kind, field.type, of, only);
        // A sum is null for no value, as in SQL, unless the column is declared to have no nulls.
        if (field.type.kind === 'double') return kind === 'sum' && !result.nullable ? `coalesce(${added}, 0)` : added;
        if (kind === 'avg') return `${added} / nullif(${counted()}, 0)`;
        return result.nullable ? `CASE WHEN ${counted()} > 0 THEN ${added} END` : added;
      }
      default:
        return assertNever(kind, 'aggregate');
    }
  }

  /** Floating-point numbers are added up anew: what was added to such a sum cannot be taken out of it exactly. */
  #sumOf(kind: 'sum' | 'avg', type: FieldType, of: Measured, only: string): string {
    if (type.kind === 'double') return this.#add('anew', type, of, `${kind}(${of.value})${only}`);
    const scale = type.kind === 'decimal' ? type.scale : 0;
    const sum: FieldType = { kind: 'decimal', precision: SUM_DIGITS, scale };
    return this.#add('sum', sum, of, `coalesce(sum(${of.value})${only}, 0)`);
  }

  /** The SQL of what is kept, as a column of SOURCE. */
  #add(kind: Accumulator['kind'], type: FieldType, of: Measured, aggregate: string): string {
    const known = this.#known.get(aggregate);
    if (known !== undefined) return known;
    // Names of users have no `__`.
    const name = this.all.length === 0 ? '__rows' : `__${this.all.length}`;
    const nullable = kind === 'min' || kind === 'max' || (kind === 'anew' && type.kind === 'double');
    this.all.push({ field: { name, type, nullable }, kind, ...of, aggregate });
    const sql = `${SOURCE}.${ident(name)}`;
    this.#known.set(aggregate, sql);
    return sql;
  }
}

type Measured = Pick<Accumulator, 'value' | 'filter' | 'column'>;
