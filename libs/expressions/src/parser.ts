import type { Field } from '@medallion/schema';
import { arithmetic, call, compared, joined, junction, negative, not, wanted } from './build.ts';
import { Cursor, named } from './cursor.ts';
import type { SqlNode } from './expression.ts';
import { Mistake } from './mistake.ts';
import { normalPattern } from './operations/like-pattern.ts';
import { primary } from './primary.ts';
import { BOOLEAN } from './types.ts';

/** How strongly operators bind, as in Postgres. Comparisons do not chain. */
const POWER = { or: 1, and: 2, not: 3, is: 4, comparison: 5, range: 6, join: 7, sum: 8, product: 9, sign: 10 } as const;

const COMPARISONS = ['=', '<>', '!=', '<', '<=', '>', '>='];
const RANGES = ['BETWEEN', 'IN', 'LIKE'];
/** More than a person nests, and far below what recursion can bear. */
const MAX_NESTING = 100;

type Infix = { readonly power: number; readonly build: (left: SqlNode) => SqlNode };

/**
 * A Pratt parser that checks types as it goes, so that the first mistake is told where it is. What it makes are the nodes
 * of expression.ts.
 */
export class Parser {
  readonly cursor: Cursor;
  readonly fields: readonly Field[];
  /** The columns that were named, in order of appearance. */
  readonly columns = new Set<string>();
  #nesting = 0;

  constructor(text: string, fields: readonly Field[]) {
    this.cursor = new Cursor(text);
    this.fields = fields;
  }

  /** The expression, to its end. */
  whole(): SqlNode {
    const node = this.expression();
    const rest = this.cursor.peek();
    if (rest.kind === 'end') return node;
    const remedy = rest.text === ')' ? 'remove it, or open a parenthesis before' : 'put AND or OR between conditions';
    throw new Mistake(rest.at, `${named(rest)} is not expected here`, remedy);
  }

  /** An expression whose operators bind at least so strongly. */
  expression(least: number = POWER.or): SqlNode {
    if (++this.#nesting > MAX_NESTING)
      throw new Mistake(
        this.cursor.peek().at,
        'the expression is too deeply nested',
        'compute a part of it in a column',
      );
    let left = this.#prefix();
    for (let infix = this.#infix(); infix !== null && infix.power >= least; infix = this.#infix()) {
      left = infix.build(left);
      if (infix.power === POWER.comparison || infix.power === POWER.range) this.#refuseChain(infix.power);
    }
    this.#nesting--;
    return left;
  }

  #prefix(): SqlNode {
    const { cursor } = this;
    const { at } = cursor.peek();
    if (cursor.isWord('NOT')) {
      cursor.take();
      return not(this.expression(POWER.not), at);
    }
    if (cursor.takeIf('-')) return negative(this.expression(POWER.sign), at);
    if (cursor.takeIf('+')) return wanted(this.expression(POWER.sign), ['number'], 'a plus');
    return primary(this);
  }

  /** The operator that comes next, or null when none does. */
  #infix(): Infix | null {
    const token = this.cursor.peek();
    const { at } = token;
    if (token.kind === 'symbol') {
      const { text } = token;
      if (COMPARISONS.includes(text)) return this.#binary(POWER.comparison, compared, text === '!=' ? '<>' : text);
      if (text === '||') return this.#binary(POWER.join, (_, [a, b], at) => joined(a!, b!, at), text);
      if (text === '+' || text === '-')
        return this.#binary(POWER.sum, (_, [a, b], at) => arithmetic(text, a!, b!, at), text);
      if (text === '*' || text === '/' || text === '%')
        return this.#binary(POWER.product, (_, [a, b], at) => arithmetic(text, a!, b!, at), text);
      return null;
    }
    if (token.kind !== 'name' || token.quoted) return null;
    const word = token.text.toUpperCase();
    if (word === 'OR') return this.#binary(POWER.or, (_, [a, b], at) => junction('or', a!, b!, at), word);
    if (word === 'AND') return this.#binary(POWER.and, (_, [a, b], at) => junction('and', a!, b!, at), word);
    if (word === 'IS') return { power: POWER.is, build: (left) => this.#is(left) };
    if (RANGES.includes(word)) return { power: POWER.range, build: (left) => this.#range(left, at) };
    if (word === 'NOT' && RANGES.some((range) => this.cursor.isWord(range, 1)))
      return {
        power: POWER.range,
        build: (left) => {
          this.cursor.take();
          return not(this.#range(left, this.cursor.peek().at), at);
        },
      };
    return null;
  }

  #binary(power: number, build: (name: string, args: readonly SqlNode[], at: number) => SqlNode, name: string): Infix {
    return {
      power,
      build: (left) => {
        const { at } = this.cursor.take();
        return build(name, [left, this.expression(power + 1)], at);
      },
    };
  }

  #is(left: SqlNode): SqlNode {
    const { cursor } = this;
    const { at } = cursor.take();
    const word = cursor.takeIf('NOT') ? 'is not' : 'is';
    if (cursor.takeIf('NULL')) return call(`${word} null`, [left], BOOLEAN, at);
    const truth = cursor.peek();
    if (cursor.takeIf('TRUE') || cursor.takeIf('FALSE'))
      return call(`${word} ${truth.text.toLowerCase()}`, [wanted(left, ['boolean'], 'IS')], BOOLEAN, at);
    throw new Mistake(truth.at, `IS ${truth.text} is not known`, 'write IS [NOT] NULL, TRUE or FALSE');
  }

  #range(left: SqlNode, at: number): SqlNode {
    const { cursor } = this;
    if (cursor.takeIf('IN')) return compared('in', [left, ...this.#list()], at);
    if (cursor.takeIf('LIKE')) return this.#like(left, at);
    cursor.expect('BETWEEN', 'write BETWEEN … AND …');
    const low = this.expression(POWER.join);
    cursor.expect('AND', 'write BETWEEN … AND …');
    return compared('between', [left, low, this.expression(POWER.join)], at);
  }

  #list(): SqlNode[] {
    this.cursor.expect('(', 'write IN (…, …)');
    const list = [this.expression()];
    while (this.cursor.takeIf(',')) list.push(this.expression());
    this.cursor.expect(')', 'close the list');
    return list;
  }

  #like(left: SqlNode, at: number): SqlNode {
    const text = wanted(left, ['text'], 'LIKE');
    const pattern = wanted(this.expression(POWER.join), ['text'], 'LIKE');
    if (pattern.kind !== 'literal')
      throw new Mistake(pattern.at, 'the pattern of LIKE is not known beforehand', "write it as a text: LIKE 'A%'");
    const escapeWith = this.#escape();
    if (pattern.value === null) return call('like', [text, pattern], BOOLEAN, at);
    const value = normalPattern(String(pattern.value), escapeWith);
    if (value === null)
      throw new Mistake(
        pattern.at,
        'the pattern ends with the escape character',
        `double it: ${escapeWith}${escapeWith}`,
      );
    return call('like', [text, { ...pattern, value }], BOOLEAN, at);
  }

  #escape(): string {
    if (!this.cursor.takeIf('ESCAPE')) return '\\';
    const token = this.cursor.take();
    if (token.kind !== 'text' || [...token.text].length > 1)
      throw new Mistake(token.at, 'ESCAPE takes a single character', "write ESCAPE '!'");
    return token.text;
  }

  #refuseChain(power: number): void {
    const again = this.#infix();
    if (again === null || again.power !== power) return;
    throw new Mistake(
      this.cursor.peek().at,
      'comparisons do not chain',
      'write a < b AND b < c, or put one of them in parentheses',
    );
  }
}
