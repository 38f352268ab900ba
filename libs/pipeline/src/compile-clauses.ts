import { assertNever } from '@medallion/core';
import type { SqlExpression } from '@medallion/expressions';
import type { Field } from '@medallion/schema';
import { measurable, resultOf } from './aggregate-result.ts';
import { ColumnSet } from './column-set.ts';
import type { Context } from './compile-context.ts';
import { compileLookup } from './compile-lookup.ts';
import { compileColumn, conditionOver } from './compile-sql.ts';
import type { Clause } from './declaration.ts';
import { quoted } from './mistakes.ts';
import type { RelationAggregatePlan, RelationalViewPlan, RelationJoinPlan } from './plan.ts';
import type { RelationAggregate } from './relation-aggregate.ts';
import type { RelationColumn } from './relation-column.ts';

type Computed = RelationalViewPlan['derived'];

/** The clauses of a relational view, taken one by one as they were written; afterwards the parts of its plan. */
export class Relational {
  readonly joins: RelationJoinPlan[] = [];
  readonly derived: Computed[number][] = [];
  readonly aggregates: RelationAggregatePlan[] = [];
  readonly columns: Computed[number][] = [];
  groupBy: readonly Field[] | null = null;

  readonly #context: Context;
  /** All columns of a joined row, hidden ones too: their names are taken. */
  readonly #joined: ColumnSet;
  /** The columns that come from tables: joins are made before anything is computed. */
  readonly #fromTables: Set<string>;
  /** The columns that the next clause sees, in order. */
  #visible: readonly string[];
  #grouped: ColumnSet;
  readonly #conditions: string[] = [];

  constructor(source: readonly Field[], context: Context) {
    this.#context = context;
    this.#joined = new ColumnSet(source, context.report);
    this.#fromTables = new Set(source.map(({ name }) => name));
    this.#visible = [...this.#fromTables];
    this.#grouped = new ColumnSet([], context.report);
  }

  take(clause: Clause): void {
    const { report } = this.#context;
    switch (clause.kind) {
      case 'join': {
        for (const [left] of clause.on)
          if (this.#joined.has(left) && !this.#fromTables.has(left))
            report(
              `it joins "${clause.table.name}" on "${left}", which it computes itself`,
              'compute the column in the table that this view reads: joins come first',
            );
        const join = compileLookup(clause, this.#scope(), this.#joined, this.#context);
        const taken = join.columns.map(({ field }) => field.name);
        for (const name of taken) this.#fromTables.add(name);
        this.#visible = [...this.#visible, ...taken];
        this.joins.push(join);
        return;
      }
      case 'where':
        if (conditionOver(clause.text, this.#fields(), 'where', report) !== null) this.#conditions.push(clause.text);
        return;
      case 'derive':
        for (const [name, column] of Object.entries(clause.columns)) this.#derive(name, column);
        return;
      case 'select':
        if (clause.columns.length === 0) report('select keeps no column', 'name at least one');
        if (new Set(clause.columns).size !== clause.columns.length)
          report(`select names one of ${quoted(clause.columns)} twice`, 'name each once');
        this.#visible = clause.columns.filter((name) => this.#scope().find(name, 'select') !== undefined);
        return;
      case 'omit':
        for (const name of clause.columns) this.#scope().find(name, 'omit');
        this.#visible = this.#visible.filter((name) => !clause.columns.includes(name));
        return;
      case 'group_by':
        if (clause.columns.length === 0) report('groupBy names no column', 'name at least one');
        this.groupBy = clause.columns.flatMap((name) => this.#scope().find(name, 'groupBy') ?? []);
        for (const { name, type } of this.groupBy)
          if (type.kind === 'list') report(`groupBy names "${name}", a list`, 'choose columns that hold one value');
        for (const field of this.groupBy) {
          if (this.#grouped.has(field.name)) report(`groupBy names "${field.name}" twice`, 'name each once');
          this.#grouped.replace(field);
        }
        return;
      case 'aggregate':
        for (const [name, measure] of Object.entries(clause.measures)) this.#measure(name, measure);
        return;
      default:
        assertNever(clause, 'clause');
    }
  }

  /** All conditions as one, over all columns of a joined row. */
  where(): SqlExpression | null {
    const [first, ...others] = this.#conditions;
    if (first === undefined) return null;
    const text = others.length === 0 ? first : this.#conditions.map((condition) => `(${condition})`).join(' and ');
    return conditionOver(text, this.#joined.all, 'where', this.#context.report);
  }

  /** The columns of the view's rows. */
  rows(): readonly Field[] {
    return this.groupBy === null ? this.#fields() : this.#grouped.all;
  }

  #fields(): readonly Field[] {
    const byName = new Map(this.#joined.all.map((field) => [field.name, field]));
    return this.#visible.flatMap((name) => byName.get(name) ?? []);
  }
  #scope(): ColumnSet {
    return new ColumnSet(this.#fields(), this.#context.report);
  }

  #derive(name: string, column: RelationColumn<unknown>): void {
    const { report } = this.#context;
    const grouped = this.groupBy !== null;
    const made = compileColumn(name, column, grouped ? this.#grouped.all : this.#fields(), report);
    // A column whose expression is wrong was reported; others may use it all the same.
    const field = made?.field ?? { name, type: column.type, nullable: column.nullable };
    if (grouped) this.#grouped.add(field);
    else {
      this.#joined.add(field);
      this.#visible = [...this.#visible, name];
    }
    if (made !== null) (grouped ? this.columns : this.derived).push(made);
  }

  #measure(name: string, { kind, column, where }: RelationAggregate<unknown>): void {
    const { report } = this.#context;
    const what = `measure "${name}"`;
    const input = column === null ? undefined : this.#scope().find(column, what);
    if (input !== undefined && !measurable(kind, input.type))
      report(`${what} is the ${kind} of "${column}", a ${input.type.kind} column`, 'choose a numeric column');
    const condition = where === null ? null : conditionOver(where, this.#fields(), what, report);
    const result = resultOf(name, kind, input?.type ?? null);
    this.#grouped.add(result);
    this.aggregates.push({ name, kind, column, where: condition, result });
  }
}
