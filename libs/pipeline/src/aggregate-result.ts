import { type Field, type FieldType, MAX_PRECISION } from '@medallion/schema';
import type { AggregatePlan } from './plan.ts';

const LONG: FieldType = { kind: 'long' };
const DOUBLE: FieldType = { kind: 'double' };
const NUMBERS: ReadonlySet<FieldType['kind']> = new Set(['int', 'long', 'double', 'decimal']);
const TIMES: ReadonlySet<FieldType['kind']> = new Set(['timestamp', 'date']);

/** Whether a column of that type can be measured so. */
export function measurable(kind: AggregatePlan['kind'], { kind: type }: FieldType): boolean {
  if (kind === 'sum' || kind === 'avg') return NUMBERS.has(type);
  if (kind === 'min' || kind === 'max') return NUMBERS.has(type) || TIMES.has(type);
  return type !== 'list';
}

/** The column that a measure makes. */
export function resultOf(name: string, kind: AggregatePlan['kind'], input: FieldType | null): Field {
  switch (kind) {
    case 'count':
    case 'count_distinct':
      return { name, type: LONG, nullable: false };
    case 'sum':
      return { name, type: sumOf(input), nullable: false };
    case 'avg':
      return { name, type: DOUBLE, nullable: true };
    case 'min':
    case 'max':
      return { name, type: input ?? DOUBLE, nullable: true };
  }
}

/** A sum of ints outgrows an int, and one of decimals their precision. */
function sumOf(input: FieldType | null): FieldType {
  if (input?.kind === 'decimal') return { ...input, precision: MAX_PRECISION };
  return input?.kind === 'double' ? DOUBLE : LONG;
}
