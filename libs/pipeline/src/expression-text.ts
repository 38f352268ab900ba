import { assertNever } from '@medallion/core';
import type { Expression } from './plan.ts';

const SIGN = { plus: '+', minus: '-', times: '*', per: '/' } as const;

/** An expression as a formula: `delivered_count / (delivered_count + delayed_count)`. */
export function expressionText(expression: Expression): string {
  switch (expression.op) {
    case 'column':
      return expression.name;
    case 'number':
      return String(expression.value);
    case 'plus':
    case 'minus':
    case 'times':
    case 'per':
      return `${operandText(expression.left)} ${SIGN[expression.op]} ${operandText(expression.right)}`;
    default:
      return assertNever(expression, 'expression');
  }
}

const operandText = (operand: Expression): string =>
  operand.op === 'column' || operand.op === 'number' ? expressionText(operand) : `(${expressionText(operand)})`;
