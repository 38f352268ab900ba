import { parseInstant } from '@medallion/schema';
import type { InferredType } from './added-columns.ts';

/**
 * The narrowest type that takes all of the values; null when there is none but nulls, or one is a list or an object.
 * Texts of CSV are what they look like; in other formats a text is a text, or a timestamp when all are.
 */
export function inferredType(values: readonly unknown[], texts: boolean): InferredType | null {
  let type: InferredType | null = null;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    const one = texts ? ofText(String(value)) : ofValue(value);
    if (one === null) return null;
    type = type === null ? one : wider(type, one);
  }
  return type;
}

function ofValue(value: unknown): InferredType | null {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'long' : 'double';
  if (typeof value === 'string') return parseInstant(value) === null ? 'string' : 'timestamp';
  return value instanceof Date ? 'timestamp' : null;
}

function ofText(text: string): InferredType {
  if (/^(true|false)$/i.test(text)) return 'boolean';
  // A leading zero is a code's, not a number's.
  if (/^-?(0|[1-9]\d*)$/.test(text)) return Number.isSafeInteger(Number(text)) ? 'long' : 'string';
  if (/^-?(0|[1-9]\d*)\.\d+(e[+-]?\d+)?$/i.test(text)) return 'double';
  return parseInstant(text) === null ? 'string' : 'timestamp';
}

const NUMBERS: ReadonlySet<InferredType> = new Set(['long', 'double']);

function wider(one: InferredType, other: InferredType): InferredType {
  if (one === other) return one;
  return NUMBERS.has(one) && NUMBERS.has(other) ? 'double' : 'string';
}
