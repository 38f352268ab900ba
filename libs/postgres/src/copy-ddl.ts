import { AUDIT, type StreamingTablePlan } from '@medallion/pipeline';
import { type Field, postgresType } from '@medallion/schema';
import type pg from 'pg';
import { derivedName, ident, literal, qualified } from './sql-text.ts';

/** A column that exists. */
export type StoredColumn = { readonly name: string; readonly type: string };

/** The columns of a table that exists; none of one that does not. */
export async function storedColumns(
  client: pg.ClientBase,
  schemaName: string,
  table: string,
): Promise<readonly StoredColumn[]> {
  const { rows } = await client.query<StoredColumn>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [qualified(schemaName, table)],
  );
  return rows;
}

/** Where rows go whose day has no partition. */
export const defaultPartition = (table: string): string => derivedName(table, '__default');

/**
 * The statements that create the queryable copy of a table, or add its new columns; or how the stored columns
 * contradict the declared ones.
 *
 * All columns are nullable: the copy shows what the topic holds, and the topic's schema judges it. There is one BRIN index,
 * of ingestion time and source offset: rows arrive in that order, so a few bytes for each 32 pages find a moment or a
 * coordinate, at no measurable cost to the insert, where a B-tree costs half as much again as the row itself.
 */
export function copyTables(
  schemaName: string,
  table: StreamingTablePlan,
  stored: readonly StoredColumn[],
): { readonly statements: readonly string[]; readonly mismatch: string | null } {
  const name = qualified(schemaName, table.name);
  if (stored.length === 0) return { statements: create(schemaName, table, name), mismatch: null };
  const types = new Map(stored.map((column) => [column.name, column.type]));
  const changed = table.schema.fields.find((f) => types.has(f.name) && types.get(f.name) !== storedType(f));
  if (changed !== undefined)
    return {
      statements: [],
      mismatch: `column "${changed.name}" is ${types.get(changed.name)} and would be ${storedType(changed)}`,
    };
  const added = table.schema.fields.filter((field) => !types.has(field.name));
  return {
    statements: [
      ...added.map((field) => `ALTER TABLE ${name} ADD COLUMN ${ident(field.name)} ${postgresType(field.type)}`),
      ...columnComments(name, added),
    ],
    mismatch: null,
  };
}

/** As format_type() prints it. */
const storedType = (field: Field): string =>
  field.type.kind === 'timestamp' ? 'timestamp(3) with time zone' : postgresType(field.type);

function create(schemaName: string, table: StreamingTablePlan, name: string): readonly string[] {
  const columns = table.schema.fields.map((field) => `${ident(field.name)} ${postgresType(field.type)}`);
  const indexed = [AUDIT.ingestedAt, AUDIT.offset].filter((column) =>
    table.schema.fields.some((f) => f.name === column),
  );
  const { partitionBy } = table.queryable!;
  return [
    `CREATE TABLE ${name} (${columns.join(', ')})${partitionBy === null ? '' : ` PARTITION BY RANGE (${ident(partitionBy)})`}`,
    ...(partitionBy === null
      ? []
      : [`CREATE TABLE ${qualified(schemaName, defaultPartition(table.name))} PARTITION OF ${name} DEFAULT`]),
    ...(indexed.length === 0
      ? []
      : [
          `CREATE INDEX ON ${name} USING brin (${indexed.map(ident).join(', ')}) WITH (pages_per_range = 32, autosummarize = on)`,
        ]),
    ...(table.comment === null ? [] : [`COMMENT ON TABLE ${name} IS ${literal(table.comment)}`]),
    ...columnComments(name, table.schema.fields),
  ];
}

const columnComments = (name: string, fields: readonly Field[]): readonly string[] =>
  fields.flatMap((field) =>
    field.doc === undefined ? [] : [`COMMENT ON COLUMN ${name}.${ident(field.name)} IS ${literal(field.doc)}`],
  );
