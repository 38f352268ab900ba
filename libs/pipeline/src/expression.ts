import { assertNever } from '@medallion/core';
import type { Expression } from './plan.ts';
import type { NumericColumn } from './types.ts';

/** A number computed from the measures of one row of a view: data, which becomes SQL. Null where an operand is null. */
export type Calculation = {
  readonly expression: Expression;
  plus(other: Calculation | number): Calculation;
  minus(other: Calculation | number): Calculation;
  times(other: Calculation | number): Calculation;
  /** The quotient; null when `other` is zero. */
  per(other: Calculation | number): Calculation;
};

/** The numeric measures of a view, to calculate with. */
export type Measures<M> = { readonly [K in NumericColumn<M>]: Calculation };

function calculation(expression: Expression): Calculation {
  const combine = (op: 'plus' | 'minus' | 'times' | 'per') => (other: Calculation | number) =>
    calculation({ op, left: expression, right: operand(other) });
  return Object.freeze({
    expression,
    plus: combine('plus'),
    minus: combine('minus'),
    times: combine('times'),
    per: combine('per'),
  });
}

const operand = (value: Calculation | number): Expression =>
  typeof value === 'number' ? { op: 'number', value } : value.expression;

/** Every name is a column here; whether the view has it is judged with all else when the pipeline is put together. */
export const measures: Measures<Record<string, number>> = new Proxy<Record<string, Calculation>>(
  {},
  { get: (_, name) => calculation({ op: 'column', name: String(name) }) },
);

/** The columns and numbers that an expression is made of. */
export function operandsOf(expression: Expression): readonly (Expression & { op: 'column' | 'number' })[] {
  switch (expression.op) {
    case 'column':
    case 'number':
      return [expression];
    case 'plus':
    case 'minus':
    case 'times':
    case 'per':
      return [...operandsOf(expression.left), ...operandsOf(expression.right)];
    default:
      return assertNever(expression, 'expression');
  }
}
