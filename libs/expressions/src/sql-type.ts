import { type FieldType, postgresType } from '@medallion/schema';
import { categoryOf } from './types.ts';

/** The Postgres type that an expression of a type has; of decimals the one without limits. */
export const sqlTypeOf = (type: FieldType): string =>
  type.kind === 'decimal' ? 'numeric' : type.kind === 'timestamp' ? 'timestamptz' : postgresType(type);

/** SQL of one type as another of the same category; `from` null for a type that Postgres chose. */
export function castTo(sql: string, from: FieldType | null, to: FieldType | null): string {
  if (to === null) return sql;
  if (from !== null && (from.kind === to.kind || categoryOf(from) !== 'number')) return sql;
  return `${sql}::${sqlTypeOf(to)}`;
}
