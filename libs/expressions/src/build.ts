import type { FieldType } from '@medallion/schema';
import type { SqlCall, SqlNode } from './expression.ts';
import { dateLiteral, literal, timestampLiteral } from './literals.ts';
import { Mistake } from './mistake.ts';
import {
  BOOLEAN,
  type Category,
  categoryOf,
  DOUBLE,
  decimalOf,
  digitsOf,
  isWhole,
  LONG,
  STRING,
  typeName,
} from './types.ts';
import { checkSymbols, typedNull, unify } from './unify.ts';

/** Makes a call whose arguments are of the right types already. */
export const call = (name: string, args: readonly SqlNode[], type: FieldType | null, at: number): SqlCall => ({
  ...{ kind: 'call', name, args, type, at },
});

const WANTED: Readonly<Record<Category, FieldType>> = {
  number: LONG,
  text: STRING,
  boolean: BOOLEAN,
  date: { kind: 'date' },
  timestamp: { kind: 'timestamp' },
  list: STRING,
};

/** The node if it is of one of these categories (the first is what NULL becomes), else a mistake: `what` says who asks. */
export function wanted(node: SqlNode, categories: readonly Category[], what: string): SqlNode {
  if (node.type === null) return typedNull(node, WANTED[categories[0]!]);
  const own = categoryOf(node.type);
  if (categories.includes(own)) return node;
  if (node.kind === 'literal' && typeof node.value === 'string') {
    if (categories.includes('timestamp')) return timestampLiteral(node.value, node.at);
    if (categories.includes('date')) return dateLiteral(node.value, node.at);
  }
  const remedy =
    own === 'list'
      ? 'explode the list first, and use the columns of its rows'
      : categories[0] === 'boolean'
        ? 'compare it with a value: … = …'
        : categories[0] === 'text'
          ? 'write CAST(… AS text)'
          : own === 'text' && categories[0] === 'number'
            ? 'write CAST(… AS double precision)'
            : `give it a ${categories.join(' or a ')}`;
  throw new Mistake(
    node.at,
    `${what} takes a ${categories.join(' or a ')}, and this is ${typeName(node.type)}`,
    remedy,
  );
}

/** a AND b AND c, as one call: chains are long, and each level of nesting costs. */
export function junction(word: 'and' | 'or', left: SqlNode, right: SqlNode, at: number): SqlNode {
  const args = [left, right].flatMap((node) =>
    node.kind === 'call' && node.name === word ? node.args : [wanted(node, ['boolean'], word.toUpperCase())],
  );
  return call(word, args, BOOLEAN, at);
}

export const not = (node: SqlNode, at: number): SqlNode => call('not', [wanted(node, ['boolean'], 'NOT')], BOOLEAN, at);

const EQUALITIES = ['=', '<>', 'in'];

/** A comparison, IN, BETWEEN. */
export function compared(name: string, args: readonly SqlNode[], at: number): SqlNode {
  const { nodes } = unify(args);
  if (EQUALITIES.includes(name)) checkSymbols(nodes);
  return call(name, nodes, BOOLEAN, at);
}

/** + - * / % by the kinds of their numbers: whole ones stay whole, decimals exact while they have at most 15 digits. */
export function arithmetic(word: '+' | '-' | '*' | '/' | '%', a: SqlNode, b: SqlNode, at: number): SqlNode {
  const [left, right] = [wanted(a, ['number'], word), wanted(b, ['number'], word)];
  if (isWhole(left.type) && isWhole(right.type)) return call(word, [left, right], LONG, at);
  if (word === '%') throw new Mistake(at, '% takes whole numbers', 'write CAST(… AS bigint), or compute with FLOOR');
  return call(word, [left, right], word === '/' ? DOUBLE : resultOf(word, left, right), at);
}

function resultOf(word: '+' | '-' | '*', left: SqlNode, right: SqlNode): FieldType {
  const [l, r] = [digitsOf(left), digitsOf(right)];
  if (l === null || r === null) return DOUBLE;
  if (word === '*') return decimalOf(l.whole + r.whole, l.scale + r.scale);
  return decimalOf(Math.max(l.whole, r.whole) + 1, Math.max(l.scale, r.scale));
}

/** A minus in front; of a literal it makes the negative literal. */
export function negative(a: SqlNode, at: number): SqlNode {
  if (a.kind === 'literal' && typeof a.value === 'number' && a.type !== null && categoryOf(a.type) === 'number')
    return literal(a.type.kind === 'double' ? -a.value : 0 - a.value, a.type, at);
  const node = wanted(a, ['number'], 'a minus');
  return call('negative', [node], isWhole(node.type) ? LONG : node.type, at);
}

export const joined = (a: SqlNode, b: SqlNode, at: number): SqlNode =>
  call('||', [wanted(a, ['text'], '||'), wanted(b, ['text'], '||')], STRING, at);
