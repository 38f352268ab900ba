import { assertNever } from '@medallion/core';
import type { FieldType } from '@medallion/schema';
import type { SqlNode } from './expression.ts';

/** Values of one category can be compared with each other. */
export type Category = 'number' | 'text' | 'boolean' | 'date' | 'timestamp' | 'list';

/** The category of a type. */
export function categoryOf(type: FieldType): Category {
  switch (type.kind) {
    case 'int':
    case 'long':
    case 'decimal':
    case 'double':
      return 'number';
    case 'string':
    case 'enum':
      return 'text';
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'list':
      return type.kind;
    default:
      return assertNever(type, 'field type');
  }
}

export const BOOLEAN: FieldType = Object.freeze({ kind: 'boolean' });
export const INT: FieldType = Object.freeze({ kind: 'int' });
export const LONG: FieldType = Object.freeze({ kind: 'long' });
export const DOUBLE: FieldType = Object.freeze({ kind: 'double' });
export const STRING: FieldType = Object.freeze({ kind: 'string' });
export const DATE: FieldType = Object.freeze({ kind: 'date' });
export const TIMESTAMP: FieldType = Object.freeze({ kind: 'timestamp' });

/** Doubles tell decimals of so many digits apart. */
const MAX_DIGITS = 15;

/** A decimal of so many digits before and after the point; a double where those are too many. */
export function decimalOf(whole: number, scale: number): FieldType {
  const precision = Math.max(1, whole + scale);
  return precision <= MAX_DIGITS ? { kind: 'decimal', precision, scale } : DOUBLE;
}

export const isWhole = (type: FieldType | null): boolean => type?.kind === 'int' || type?.kind === 'long';
export const scaleOf = (type: FieldType | null): number => (type?.kind === 'decimal' ? type.scale : 0);

/** How many digits a number has before and after its point; null for a double. */
export function digitsOf(node: SqlNode): { readonly whole: number; readonly scale: number } | null {
  const { type } = node;
  if (type === null) return { whole: 1, scale: 0 };
  if (type.kind === 'decimal') return { whole: type.precision - type.scale, scale: type.scale };
  if (!isWhole(type)) return null;
  if (node.kind === 'literal') return { whole: String(Math.abs(Number(node.value))).length, scale: 0 };
  return { whole: type.kind === 'int' ? 10 : 16, scale: 0 };
}

/** The name of a type in messages, as it is written in CAST. */
export function typeName(type: FieldType | null): string {
  if (type === null) return 'NULL';
  switch (type.kind) {
    case 'int':
      return 'integer';
    case 'long':
      return 'bigint';
    case 'double':
      return 'double precision';
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'string':
    case 'enum':
      return 'text';
    default:
      return type.kind;
  }
}
