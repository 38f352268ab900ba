import type { FieldType } from '@medallion/schema';
import { call, wanted } from './build.ts';
import type { SqlNode } from './expression.ts';
import { Mistake } from './mistake.ts';
import { suggest } from './near-name.ts';
import { EXTRACT_FIELDS, TIME_FIELDS, TRUNC_UNITS } from './operations/times.ts';
import { DATE, decimalOf, INT, isWhole, LONG, STRING } from './types.ts';
import { unify } from './unify.ts';

/** A function that is called as NAME(argument, …). */
export type SqlFunction = {
  /** How it is written, for messages and docs/expressions.md. */
  readonly signature: string;
  readonly doc: string;
  readonly least: number;
  readonly most: number;
  readonly build: (args: readonly SqlNode[], at: number) => SqlNode;
};

const MANY = 100;

const ofText = (name: string, doc: string, type = STRING): SqlFunction => ({
  ...{ signature: `${name.toUpperCase()}(text)`, doc, least: 1, most: 1 },
  build: ([a], at) => call(name, [wanted(a!, ['text'], name.toUpperCase())], type, at),
});

const ofAny = (name: string, doc: string): SqlFunction => ({
  ...{ signature: `${name.toUpperCase()}(value, …)`, doc, least: 1, most: MANY },
  build: (args, at) => {
    const { nodes, type } = unify(args);
    return call(name, nodes, type, at);
  },
});

/** A decimal with fewer digits after the point may have one more before it: 9.9 becomes 10. */
function withScale(node: SqlNode, scale: number): FieldType | null {
  const { type } = node;
  if (type?.kind !== 'decimal' || scale >= type.scale) return type;
  return decimalOf(type.precision - type.scale + 1, scale);
}

const toWhole = (name: string, doc: string): SqlFunction => ({
  ...{ signature: `${name.toUpperCase()}(number)`, doc, least: 1, most: 1 },
  build: ([a], at) => {
    const node = wanted(a!, ['number'], name.toUpperCase());
    return call(name, [node], withScale(node, 0), at);
  },
});

/** A literal that chooses one of a few words; in quotes for DATE_TRUNC, bare in EXTRACT. */
export function chosen(node: SqlNode, words: readonly string[], what: string): SqlNode {
  if (node.kind !== 'literal' || typeof node.value !== 'string')
    throw new Mistake(node.at, `${what} is no text that is known beforehand`, `write one of '${words.join("', '")}'`);
  const word = node.value.toLowerCase();
  if (!words.includes(word))
    throw new Mistake(node.at, `there is no ${what} '${node.value}'`, suggest(node.value, words, `${what}s`));
  return { ...node, value: word };
}

/** EXTRACT(field FROM value). */
export function extracted(field: SqlNode, of: SqlNode, at: number): SqlNode {
  const word = chosen(field, EXTRACT_FIELDS, 'field');
  const value = wanted(of, ['timestamp', 'date'], 'EXTRACT');
  if (value.type?.kind === 'date' && TIME_FIELDS.includes(String((word as { value: unknown }).value)))
    throw new Mistake(field.at, 'a date has no time of day', 'extract it from a timestamp');
  return call('extract', [word, value], INT, at);
}

/** The functions by their names in upper case. */
export const FUNCTIONS: Readonly<Record<string, SqlFunction>> = {
  COALESCE: ofAny('coalesce', 'The first value that is not NULL.'),
  NULLIF: {
    ...{ signature: 'NULLIF(value, other)', doc: 'NULL when both are equal, else the first.', least: 2, most: 2 },
    build: (args, at) => {
      const { nodes, type } = unify(args);
      return call('nullif', nodes, type, at);
    },
  },
  GREATEST: ofAny('greatest', 'The greatest value; NULL only when all are.'),
  LEAST: ofAny('least', 'The least value; NULL only when all are.'),
  LOWER: ofText('lower', 'The letters A to Z in lower case; other letters stay.'),
  UPPER: ofText('upper', 'The letters a to z in upper case; other letters stay.'),
  TRIM: ofText('trim', 'Without the spaces at both ends; tabs and line breaks stay.'),
  LENGTH: ofText('length', 'The number of characters (code points).', INT),
  ABS: {
    ...{ signature: 'ABS(number)', doc: 'Without its sign.', least: 1, most: 1 },
    build: ([a], at) => {
      const node = wanted(a!, ['number'], 'ABS');
      return call('abs', [node], isWhole(node.type) ? LONG : node.type, at);
    },
  },
  ROUND: {
    signature: 'ROUND(number [, digits])',
    doc: 'To so many digits after the point (0 to 15, 0 when left out). Halves go away from zero; of a double without digits, to the even number.',
    ...{ least: 1, most: 2 },
    build: ([a, digits], at) => rounded(wanted(a!, ['number'], 'ROUND'), digits, at),
  },
  FLOOR: toWhole('floor', 'The greatest whole number that is not greater.'),
  CEIL: toWhole('ceil', 'The least whole number that is not less.'),
  DATE_TRUNC: {
    signature: "DATE_TRUNC('unit', value)",
    doc: `The beginning of the unit (${TRUNC_UNITS.join(', ')}) in UTC. Of a date it is a date; weeks begin on Monday.`,
    ...{ least: 2, most: 2 },
    build: ([unit, of], at) => {
      const value = wanted(of!, ['timestamp', 'date'], 'DATE_TRUNC');
      const isDate = value.type?.kind === 'date';
      const units = isDate ? TRUNC_UNITS.filter((word) => !TIME_FIELDS.includes(word)) : TRUNC_UNITS;
      return call('date_trunc', [chosen(unit!, units, 'unit'), value], isDate ? DATE : value.type, at);
    },
  },
};

const MAX_SCALE = 15;

function rounded(node: SqlNode, digits: SqlNode | undefined, at: number): SqlNode {
  if (digits !== undefined) {
    const n = digits.kind === 'literal' ? digits.value : null;
    if (!isWhole(digits.type) || typeof n !== 'number' || n < 0 || n > MAX_SCALE)
      throw new Mistake(digits.at, 'ROUND takes a number of digits from 0 to 15', 'write it as a literal: ROUND(x, 2)');
  }
  const args = digits === undefined ? [node] : [node, digits];
  if (node.type?.kind !== 'decimal') return call('round', args, node.type, at);
  return call('round', args, withScale(node, digits?.kind === 'literal' ? Number(digits.value) : 0), at);
}
