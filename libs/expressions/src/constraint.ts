import type { Field, RowSchema } from '@medallion/schema';
import type { Cursor } from './cursor.ts';
import { named } from './cursor.ts';
import type { SqlExpression } from './expression.ts';
import { Mistake } from './mistake.ts';
import { checkCondition, expressionOf, parsing } from './parse.ts';
import { Parser } from './parser.ts';

/** An expectation as a sentence of SQL. */
export type SqlConstraint = {
  readonly name: string;
  readonly condition: SqlExpression;
  /** Rows that break it: kept and counted, left out, kept in quarantine, or the end of the flow. */
  readonly action: 'warn' | 'drop' | 'quarantine' | 'fail';
};

const FORM = 'write CONSTRAINT name EXPECT (condition) [ON VIOLATION DROP ROW | QUARANTINE ROW | FAIL UPDATE]';

/**
 * Parses `CONSTRAINT name EXPECT (condition)`, with `ON VIOLATION DROP ROW`, `QUARANTINE ROW` or `FAIL UPDATE` behind it
 * where a row that breaks it is not kept.
 *
 * @example parseConstraint('CONSTRAINT valid_amount EXPECT (amount > 0) ON VIOLATION DROP ROW', orders)
 * @throws ExpressionError (MED_EXPRESSION_INVALID)
 */
export function parseConstraint(text: string, schema: RowSchema | readonly Field[]): SqlConstraint {
  return parsing(text, () => {
    const parser = new Parser(text, 'fields' in schema ? schema.fields : schema);
    const { cursor } = parser;
    cursor.expect('CONSTRAINT', FORM);
    const name = cursor.take();
    if (name.kind !== 'name') throw new Mistake(name.at, `a name is expected here, not ${named(name)}`, FORM);
    cursor.expect('EXPECT', FORM);
    const open = cursor.expect('(', FORM);
    const node = parser.expression();
    const close = cursor.expect(')', FORM);
    const action = actionOf(cursor);
    checkCondition(node);
    const condition = expressionOf(text.slice(open.end, close.at).trim(), node, parser.columns);
    return Object.freeze({ name: name.text, condition, action });
  });
}

function actionOf(cursor: Cursor): SqlConstraint['action'] {
  if (cursor.peek().kind === 'end') return 'warn';
  cursor.expect('ON', FORM);
  cursor.expect('VIOLATION', FORM);
  const action = cursor.takeIf('DROP') ? 'drop' : cursor.takeIf('QUARANTINE') ? 'quarantine' : 'fail';
  if (action === 'fail') cursor.expect('FAIL', FORM);
  cursor.expect(action === 'fail' ? 'UPDATE' : 'ROW', FORM);
  const rest = cursor.peek();
  if (rest.kind !== 'end') throw new Mistake(rest.at, `${named(rest)} is not expected here`, FORM);
  return action;
}
