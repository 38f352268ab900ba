import { invariant } from '@medallion/core';
import { doubleText } from './decimals.ts';
import type { SqlExpression, SqlNode } from './expression.ts';
import { operationOf } from './operations/index.ts';
import type { SqlArgument } from './operations/operation.ts';
import { quotedText } from './sql-text.ts';
import { sqlTypeOf } from './sql-type.ts';

const DAY_MS = 86_400_000;

function literalSql(node: Extract<SqlNode, { kind: 'literal' }>): string {
  const { value, type } = node;
  if (type === null) return 'NULL';
  if (value === null) return `NULL::${sqlTypeOf(type)}`;
  const text = String(value);
  switch (type.kind) {
    case 'boolean':
      return text.toUpperCase();
    case 'int':
      return Number(value) < 0 ? `(${text})` : text;
    case 'long':
      return `'${text}'::bigint`;
    case 'decimal':
      return `'${Number(value).toFixed(type.scale)}'::numeric`;
    case 'double':
      return `'${doubleText(Number(value))}'::double precision`;
    case 'date':
      return `'${new Date(Number(value) * DAY_MS).toISOString().slice(0, 10)}'::date`;
    case 'timestamp':
      return `'${new Date(Number(value)).toISOString()}'::timestamptz`;
    default:
      return `${quotedText(text)}::text`;
  }
}

function argumentOf(node: SqlNode, column: (name: string) => string): SqlArgument {
  switch (node.kind) {
    case 'literal':
      return { sql: literalSql(node), simple: true };
    case 'column':
      return { sql: column(node.name), simple: true };
    case 'call': {
      const sql = operationOf(node).sql(
        node.args.map((arg) => argumentOf(arg, column)),
        node,
      );
      return { sql, simple: false };
    }
  }
}

/**
 * An expression as Postgres text, in parentheses where it needs them, free of parameters: literals are quoted. Columns
 * must have the Postgres types of their fields. `column` gives a column reference, quoted: it may appear in a subquery.
 *
 * @example toSql(expression, (name) => `o.${ident(name)}`)
 */
export function toSql(expression: SqlExpression, column: (name: string) => string): string {
  const known = new Set(expression.columns);
  return argumentOf(expression.node, (name) => {
    invariant(known.has(name), `${name} is no column of the expression`);
    return column(name);
  }).sql;
}
