import type { FieldType } from '@medallion/schema';
import type { SqlNode } from './expression.ts';
import { dateLiteral, timestampLiteral } from './literals.ts';
import { Mistake } from './mistake.ts';
import { suggest } from './near-name.ts';
import { type Category, categoryOf, DOUBLE, decimalOf, digitsOf, INT, LONG, STRING, typeName } from './types.ts';

/** Nodes that can be compared, or take each other's place, and their common type; null when all are NULL. */
export type Unified = { readonly nodes: readonly SqlNode[]; readonly type: FieldType | null };

const isTextLiteral = (node: SqlNode): boolean => node.kind === 'literal' && typeof node.value === 'string';

/**
 * Brings nodes to a common type, as Postgres does: a text literal beside a date or timestamp is one, NULL is of any type,
 * of several kinds of numbers the widest counts.
 */
export function unify(nodes: readonly SqlNode[]): Unified {
  const leading = nodes.find((n) => n.type !== null && !isTextLiteral(n)) ?? nodes.find((n) => n.type !== null);
  if (leading === undefined) return { nodes, type: null };
  const category = categoryOf(leading.type!);
  if (category === 'list')
    throw new Mistake(
      leading.at,
      'a list has no single value',
      'explode the list first, and use the columns of its rows',
    );
  const converted = nodes.map((node) => brought(node, category, leading));
  const type = category === 'number' ? commonNumber(converted) : category === 'text' ? STRING : leading.type!;
  return { nodes: converted.map((node) => typedNull(node, type)), type };
}

/** NULL as the type that it has where it stands: Postgres takes it for text otherwise. */
export const typedNull = (node: SqlNode, type: FieldType): SqlNode =>
  node.kind === 'literal' && node.value === null ? { ...node, type } : node;

function brought(node: SqlNode, category: Category, leading: SqlNode): SqlNode {
  if (node.type === null) return node;
  const own = categoryOf(node.type);
  if (own === category) return node;
  if (node.kind === 'literal' && typeof node.value === 'string') {
    if (category === 'date') return dateLiteral(node.value, node.at);
    if (category === 'timestamp') return timestampLiteral(node.value, node.at);
  }
  throw new Mistake(
    node.at,
    `${typeName(node.type)} cannot be compared or mixed with ${typeName(leading.type)}`,
    remedyFor(own, category, node),
  );
}

function remedyFor(own: Category, wanted: Category, node: SqlNode): string {
  if (own === 'list') return 'explode the list first, and use the columns of its rows';
  if (own === 'text' && wanted === 'number')
    return isTextLiteral(node) ? 'write the number without quotes' : 'write CAST(… AS double precision)';
  if (own === 'text' && wanted === 'boolean' && isTextLiteral(node)) return 'write TRUE or FALSE without quotes';
  if (wanted === 'text') return node.kind === 'literal' ? 'quote it' : 'write CAST(… AS text)';
  if (own === 'timestamp' && wanted === 'date') return 'write CAST(… AS date)';
  if (own === 'date' && wanted === 'timestamp') return 'write CAST(… AS timestamp)';
  return 'compare values of the same type';
}

/** A text that the column beside it can never hold is a typing mistake. */
export function checkSymbols(nodes: readonly SqlNode[]): void {
  for (const column of nodes)
    if (column.kind === 'column' && column.type.kind === 'enum')
      for (const node of nodes) checkSymbol(node, column.name, column.type.symbols);
}

function checkSymbol(node: SqlNode, column: string, symbols: readonly string[]): void {
  if (node.kind !== 'literal' || typeof node.value !== 'string' || symbols.includes(node.value)) return;
  throw new Mistake(node.at, `"${column}" is never '${node.value}'`, suggest(node.value, symbols, 'its values'));
}

function commonNumber(nodes: readonly SqlNode[]): FieldType {
  const known = nodes.filter((node) => node.type !== null);
  const digits = known.map(digitsOf);
  if (digits.includes(null)) return DOUBLE;
  if (known.some((node) => node.type!.kind === 'decimal'))
    return decimalOf(Math.max(...digits.map((d) => d!.whole)), Math.max(...digits.map((d) => d!.scale)));
  return known.some((node) => node.type!.kind === 'long') ? LONG : INT;
}
