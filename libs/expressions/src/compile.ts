import type { AnyRow, Value } from '@medallion/schema';
import type { SqlExpression, SqlNode } from './expression.ts';
import { operationOf } from './operations/index.ts';
import type { Evaluate } from './operations/operation.ts';

function evaluatorOf(node: SqlNode): Evaluate {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'column': {
      const { name } = node;
      // A column that the row does not have is NULL, as one that was added later.
      return (row) => row[name] ?? null;
    }
    case 'call':
      return operationOf(node).evaluate(node.args.map(evaluatorOf), node);
  }
}

/**
 * Makes the function that computes an expression's value in a row: what Postgres answers to `toSql` of it. It never
 * throws for values of the declared types.
 *
 * @example compileExpression(parseExpression('amount > 0', orders))({ amount: null }) // null
 */
export const compileExpression = (expression: SqlExpression): ((row: AnyRow) => Value) => evaluatorOf(expression.node);

/** Makes the function that says whether a condition is true; false and NULL are not. */
export function compileCondition(expression: SqlExpression): (row: AnyRow) => boolean {
  const evaluate = evaluatorOf(expression.node);
  return (row) => evaluate(row) === true;
}
