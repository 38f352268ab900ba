import type { FieldType, Value } from '@medallion/schema';
import type { SqlCall } from '../expression.ts';
import { categoryOf } from '../types.ts';
import { type Evaluate, type Operation, type Operations, type SqlArgument, strict2 } from './operation.ts';

/**
 * The order of texts by code points, which is that of their UTF-8 bytes. JavaScript's own is by 16-bit units, where the
 * surrogates of the code points above all others come before U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const [xHigh, yHigh] = [isSurrogate(x), isSurrogate(y)];
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

const compareOthers = (a: Value, b: Value): number => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1);

/** The order of values of a type: less than, equal to or greater than 0. */
export const orderOf = (type: FieldType | null): ((a: Value, b: Value) => number) =>
  type !== null && categoryOf(type) === 'text' ? (compareText as (a: Value, b: Value) => number) : compareOthers;

const typeOfArgs = (call: SqlCall): FieldType | null => call.args.find((arg) => arg.type !== null)?.type ?? null;

/** Collated by bytes where the order of texts matters; not for equality, which an index in another order can answer. */
export const collated = ({ sql }: SqlArgument, type: FieldType | null): string =>
  type !== null && categoryOf(type) === 'text' ? `${sql} COLLATE "C"` : sql;

const equality = (word: '=' | '<>'): Operation => ({
  evaluate: ([a, b]) => strict2(a!, b!, (x, y) => (x === y) === (word === '=')),
  sql: ([a, b]) => `(${a!.sql} ${word} ${b!.sql})`,
});

const inequality = (word: string, says: (order: number) => boolean): Operation => ({
  evaluate: ([a, b], call) => {
    const type = typeOfArgs(call);
    if (type === null || categoryOf(type) !== 'text') return strict2(a!, b!, numbers[word]!);
    return strict2(a!, b!, (x: string, y: string) => says(compareText(x, y)));
  },
  sql: ([a, b], call) => `(${collated(a!, typeOfArgs(call))} ${word} ${b!.sql})`,
});

const numbers: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  '<': (x, y) => x < y,
  '<=': (x, y) => x <= y,
  '>': (x, y) => x > y,
  '>=': (x, y) => x >= y,
};

/** Comparisons, and membership in a list or range. */
export const comparison: Operations = {
  '=': equality('='),
  '<>': equality('<>'),
  '<': inequality('<', (order) => order < 0),
  '<=': inequality('<=', (order) => order <= 0),
  '>': inequality('>', (order) => order > 0),
  '>=': inequality('>=', (order) => order >= 0),
  in: {
    evaluate: ([a, ...list], call) => {
      const rest = call.args.slice(1);
      return rest.every((node) => node.kind === 'literal')
        ? memberOf(
            a!,
            rest.map((node) => node.value),
          )
        : equalToOne(a!, list);
    },
    sql: ([a, ...list]) => `(${a!.sql} IN (${list.map((each) => each.sql).join(', ')}))`,
  },
  between: {
    evaluate: ([a, low, high], call) => {
      const order = orderOf(typeOfArgs(call));
      return (row) => {
        const [x, from, to] = [a!(row), low!(row), high!(row)];
        if (x === null) return null;
        const above = from === null ? null : order(x, from) >= 0;
        const below = to === null ? null : order(x, to) <= 0;
        if (above === false || below === false) return false;
        return above === null || below === null ? null : true;
      };
    },
    sql: ([a, low, high], call) => `(${collated(a!, typeOfArgs(call))} BETWEEN ${low!.sql} AND ${high!.sql})`,
  },
};

function memberOf(a: Evaluate, list: readonly Value[]): Evaluate {
  const members = new Set(list.filter((value) => value !== null));
  const otherwise = list.includes(null) ? null : false;
  return (row) => {
    const x = a(row);
    return x === null ? null : members.has(x) ? true : otherwise;
  };
}

const equalToOne =
  (a: Evaluate, list: readonly Evaluate[]): Evaluate =>
  (row) => {
    const x = a(row);
    if (x === null) return null;
    let otherwise: Value = false;
    for (const each of list) {
      const y = each(row);
      if (y === x) return true;
      if (y === null) otherwise = null;
    }
    return otherwise;
  };
