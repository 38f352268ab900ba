import type { Field, RowSchema } from '@medallion/schema';
import type { SqlExpression, SqlNode } from './expression.ts';
import { ExpressionError } from './expression-error.ts';
import { Mistake } from './mistake.ts';
import { operationOf } from './operations/index.ts';
import { Parser } from './parser.ts';
import { typeName } from './types.ts';

/** SQL is linear in the number of nodes, but for texts that a CASE repeats. */
const MAX_NODES = 5_000;
/** Postgres, as this module, descends into an expression by recursion. */
const MAX_DEPTH = 100;

/**
 * Parses an expression over the columns of a row, and checks its types.
 *
 * @example parseExpression("amount > 0 AND status IN ('pending', 'completed')", orders)
 * @throws ExpressionError (MED_EXPRESSION_INVALID) that points at the character
 */
export function parseExpression(text: string, schema: RowSchema | readonly Field[]): SqlExpression {
  return parsing(text, () => {
    const parser = parserOf(text, schema);
    return expressionOf(text, parser.whole(), parser.columns);
  });
}

/**
 * Parses an expression that is true, false or NULL.
 *
 * @throws ExpressionError (MED_EXPRESSION_INVALID) also when it is something else
 */
export function parseCondition(text: string, schema: RowSchema | readonly Field[]): SqlExpression {
  return parsing(text, () => {
    const parser = parserOf(text, schema);
    const node = parser.whole();
    checkCondition(node);
    return expressionOf(text, node, parser.columns);
  });
}

const parserOf = (text: string, schema: RowSchema | readonly Field[]): Parser =>
  new Parser(text, 'fields' in schema ? schema.fields : schema);

/** Refuses what is neither true, false nor NULL. */
export function checkCondition({ type, at }: SqlNode): void {
  if (type === null || type.kind === 'boolean') return;
  throw new Mistake(
    at,
    `a condition is true or false, and this is ${typeName(type)}`,
    'compare it with a value: … = …',
  );
}

/** A parsed node as an expression. */
export function expressionOf(text: string, node: SqlNode, columns: Iterable<string>): SqlExpression {
  checkSize(node);
  return Object.freeze({
    ...{ text, node, type: node.type },
    nullable: isNullable(node),
    columns: Object.freeze([...columns]),
  });
}

/** Runs what may find a mistake, and says where in the text it is. */
export function parsing<T>(text: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Mistake) throw new ExpressionError(text, error.at, error.message, error.remedy);
    throw error;
  }
}

function checkSize(root: SqlNode): void {
  let nodes = 0;
  const visit = (node: SqlNode, depth: number): void => {
    if (++nodes > MAX_NODES || depth > MAX_DEPTH)
      throw new Mistake(node.at, 'the expression is too long or too deeply nested', 'compute a part of it in a column');
    if (node.kind === 'call') for (const arg of node.args) visit(arg, depth + 1);
  };
  visit(root, 1);
}

function isNullable(node: SqlNode): boolean {
  if (node.kind === 'literal') return node.value === null;
  if (node.kind === 'column') return node.nullable;
  const args = node.args.map(isNullable);
  return (operationOf(node).nullable ?? ((list: readonly boolean[]) => list.some(Boolean)))(args, node);
}
