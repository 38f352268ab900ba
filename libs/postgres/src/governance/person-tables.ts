import type { MaterializedViewPlan, PipelinePlan, TablePlan } from '@medallion/pipeline';
import { type Person, personsInText, type SubjectPlan, TEXTS } from '@medallion/runtime';
import type { Field } from '@medallion/schema';
import type pg from 'pg';
import { layoutOf, MEMBER } from '../gold-layout.ts';
import { ident, literal, qualified } from '../sql-text.ts';

/** Whose rows are looked for, and where. */
export type PersonSearch = {
  readonly plan: PipelinePlan;
  readonly subject: SubjectPlan;
  readonly person: Person;
};

/** The range of whole numbers that a column of a type takes. */
const LIMITS: Readonly<Record<string, bigint>> = { int: 2n ** 31n - 1n, long: 2n ** 63n - 1n };

/** The columns of a table that name a person of the subject; those of a windowed view that its rows are grouped by. */
export function namingFields({ subject }: PersonSearch, table: TablePlan): readonly Field[] {
  const columns = subject.columns.get(table.name) ?? new Set<string>();
  return table.schema.fields.filter(({ name }) => columns.has(name));
}

/** The condition that a row is the person's, by columns that name one; `false` where no value of theirs can. */
export function isPersons({ person: { id } }: Pick<PersonSearch, 'person'>, fields: readonly Field[]): string {
  const conditions = fields.flatMap(({ name, type }) => {
    const limit = LIMITS[type.kind];
    if (limit !== undefined && !(/^-?\d+$/.test(id) && BigInt(id) <= limit && BigInt(id) >= -limit)) return [];
    return [`${ident(name)} = ${literal(id)}`];
  });
  return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
}

/** How many rows of a table are the person's, by its columns. */
export async function countRows(client: pg.ClientBase, search: PersonSearch, table: TablePlan): Promise<number> {
  const from = table.kind === 'materialized_view' ? layoutOf(table).stateTable : table.name;
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*) AS n FROM ${qualified(search.plan.schemaName, from)} WHERE ${isPersons(search, namingFields(search, table))}`,
  );
  return rows[0]!.n;
}

/** Deletes the person's rows of a table, those included whose texts name the person. */
export async function deleteRows(client: pg.ClientBase, search: PersonSearch, table: TablePlan): Promise<number> {
  const name = qualified(search.plan.schemaName, table.name);
  const direct = await client.query(`DELETE FROM ${name} WHERE ${isPersons(search, namingFields(search, table))}`);
  let deleted = direct.rowCount ?? 0;
  for (const { at, of } of await rowsByText(client, search, table, [])) {
    const { rowCount } = await client.query(`DELETE FROM ${name} WHERE tableoid = $1 AND ctid = $2::tid`, [of, at]);
    deleted += rowCount ?? 0;
  }
  return deleted;
}

type Found = { readonly of: number; readonly at: string } & Readonly<Record<string, unknown>>;

/**
 * Rows whose rescued data, or whose text, name the person: only reading JSON can tell, so the database gives those that may:
 * what holds the name as it is, or anything that is escaped, as others may have written any letter so.
 */
export async function rowsByText(
  client: pg.ClientBase,
  { plan, subject, person }: PersonSearch,
  table: TablePlan,
  columns: readonly string[],
): Promise<readonly Found[]> {
  const texts = TEXTS.filter((text) => table.schema.fields.some(({ name }) => name === text)).map(ident);
  if (texts.length === 0) return [];
  const may = texts.map((text) => `strpos(${text}, $1) > 0 OR strpos(${text}, '\\') > 0`).join(' OR ');
  const { rows } = await client.query<Found & { readonly texts: readonly (string | null)[] }>(
    `SELECT tableoid AS of, ctid::text AS at, ${[...columns.map(ident), `ARRAY[${texts}]::text[] AS texts`].join(', ')}
     FROM ${qualified(plan.schemaName, table.name)} WHERE ${may}`,
    [person.id],
  );
  return rows.filter((row) => {
    const found = new Set<string>();
    for (const text of row.texts) if (text !== null) personsInText(text, subject, found);
    return found.has(person.id);
  });
}

/** A text as it stands in JSON, without its quotes. */
export const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Deletes the person from the values that exact distinct counts have seen; the counts stay. */
export async function deleteMembers(
  client: pg.ClientBase,
  { plan, subject, person }: PersonSearch,
  view: MaterializedViewPlan,
): Promise<number> {
  const named = subject.columns.get(view.source) ?? new Set<string>();
  let deleted = 0;
  for (const { index, table, member } of layoutOf(view).members) {
    const { column } = view.aggregates[index]!;
    if (column === null || !named.has(column)) continue;
    const condition = isPersons({ person }, [{ name: MEMBER, type: member, nullable: false }]);
    const { rowCount } = await client.query(`DELETE FROM ${qualified(plan.schemaName, table)} WHERE ${condition}`);
    deleted += rowCount ?? 0;
  }
  return deleted;
}
