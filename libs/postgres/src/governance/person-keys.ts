import type { Field } from '@medallion/schema';
import type pg from 'pg';
import type { Surrogate } from '../relational/relation.ts';
import { ident, qualified } from '../sql-text.ts';
import { isPersons, type PersonSearch } from './person-tables.ts';

/**
 * Takes the person out of the integers of a surrogate key. The integer itself stays given away (M5): in the place of what
 * named the person stands a value that names nobody, and the rest of the key is null.
 */
export async function forgetKeys(
  client: pg.ClientBase,
  search: PersonSearch,
  { column, keys }: Surrogate,
  key: readonly Field[],
  naming: readonly Field[],
): Promise<number> {
  const number = ident(column.name);
  const set = key.map(
    (field) =>
      `${ident(field.name)} = ${naming.some(({ name }) => name === field.name) ? nobody(field, number) : 'NULL'}`,
  );
  const { rowCount } = await client.query(
    `UPDATE ${qualified(search.plan.schemaName, keys)} SET ${set.join(', ')} WHERE ${isPersons(search, naming)}`,
  );
  return rowCount ?? 0;
}

/** Far from all numbers that are given to people, and another one for each integer. */
function nobody({ type }: Field, number: string): string {
  switch (type.kind) {
    case 'long':
      return `${number} - 9000000000000000000`;
    case 'int':
      return `(${number} - 2000000000)::int`;
    default:
      return `'erased ' || ${number}`;
  }
}
