import { assertNever } from '@medallion/core';
import type { Expression, MaterializedViewPlan, ViewColumnPlan } from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';
import { adderOf } from './exact-sum.ts';

/** Adds the columns that a view computes from its own rows. `rows` are in the order of their windows. */
export function computedColumns(plan: MaterializedViewPlan, rows: readonly AnyRow[]): readonly AnyRow[] {
  const result = rows.map((row) => ({ ...row }));
  for (const column of plan.columns) addColumn(plan, column, result);
  return result;
}

function addColumn(plan: MaterializedViewPlan, column: ViewColumnPlan, rows: readonly AnyRow[]): void {
  const { name } = column.field;
  switch (column.kind) {
    case 'expression':
      for (const row of rows) row[name] = evaluate(column.expression, row);
      return;
    case 'rank':
      for (const row of rows) row[name] = rankOf(row, rows, column.by);
      return;
    case 'cumulative': {
      const sums = new Map<string, number>();
      const add = adderOf(column.field.type);
      for (const row of rows) {
        const group = JSON.stringify(plan.groupBy.map((field) => row[field.name]));
        const sum = add(sums.get(group) ?? 0, Number(row[column.of] ?? 0));
        sums.set(group, sum);
        row[name] = sum;
      }
      return;
    }
    default:
      assertNever(column, 'view column');
  }
}

/** One more than the rows of the window that are greater; null is the least. */
function rankOf(row: AnyRow, rows: readonly AnyRow[], by: string): number {
  const own = row[by] ?? Number.NEGATIVE_INFINITY;
  const inWindow = rows.filter((other) => other.window_start === row.window_start);
  return 1 + inWindow.filter((other) => (other[by] ?? Number.NEGATIVE_INFINITY) > own).length;
}

/** The value of an expression; null where an operand is null, or a divisor zero. */
export function evaluate(expression: Expression, row: AnyRow): number | null {
  switch (expression.op) {
    case 'column':
      return numberOrNull(row[expression.name] ?? null);
    case 'number':
      return expression.value;
    case 'plus':
    case 'minus':
    case 'times':
    case 'per': {
      const left = evaluate(expression.left, row);
      const right = evaluate(expression.right, row);
      return left === null || right === null ? null : calculate(expression.op, left, right);
    }
    default:
      return assertNever(expression, 'expression');
  }
}

const numberOrNull = (value: Value): number | null => (value === null ? null : Number(value));

function calculate(op: 'plus' | 'minus' | 'times' | 'per', left: number, right: number): number | null {
  switch (op) {
    case 'plus':
      return left + right;
    case 'minus':
      return left - right;
    case 'times':
      return left * right;
    case 'per':
      return right === 0 ? null : left / right;
    default:
      return assertNever(op, 'operator');
  }
}
