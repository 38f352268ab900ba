import { type Field, postgresType, type Value } from '@medallion/schema';
import { elementOf } from '../array-literal.ts';
import { keyType } from '../gold-layout.ts';
import { ident, literal } from '../sql-text.ts';

/** A value as SQL of its column's type. */
export function valueSql(value: Value, { type }: Pick<Field, 'type'>): string {
  const sqlType = postgresType(type);
  return value === null ? `NULL::${sqlType}` : `(${literal(`{${elementOf(type)(value)}}`)}::${sqlType}[])[1]`;
}

/** SQL cast to the type of the column that it becomes. */
export const castTo = (sql: string, { type }: Pick<Field, 'type'>): string => `(${sql})::${postgresType(type)}`;

/**
 * A column of a relation: its name and type. Text is compared by its bytes everywhere, as columns of different collations
 * cannot be compared.
 */
export const columnSql = (field: Field): string => `${ident(field.name)} ${keyType(field.type)}`;

/** Quoted names, separated by commas; of the columns of an alias, where there is one. */
export const columnList = (fields: readonly Pick<Field, 'name'>[], alias?: string): string =>
  fields.map(({ name }) => (alias === undefined ? ident(name) : `${alias}.${ident(name)}`)).join(', ');
