import { MedallionError } from '@medallion/core';
import { CHANGE, type ChangeFeedPlan, type PipelinePlan } from '@medallion/pipeline';
import { type Field, postgresType } from '@medallion/schema';
import type pg from 'pg';
import { ident, literal, qualified } from '../sql-text.ts';
import type { KeyedRelation, Relation } from './relation.ts';
import { createFeed, createIndex, createTable, describeTable, nextVersion } from './relation-ddl.ts';
import type { Relations } from './relations.ts';
import { neededIndexes } from './touched-sql.ts';
import { columnList, columnSql } from './typed-sql.ts';

/** What the catalog said of a table, or says now. */
export type Identity = { readonly version: number; readonly stateHash: string | null; readonly definitionHash: string };

/** What a migration of relations works on. */
export type RelationMigration = {
  readonly client: pg.ClientBase;
  readonly plan: PipelinePlan;
  readonly relations: Relations;
  readonly stored: ReadonlyMap<string, Identity>;
  readonly declared: ReadonlyMap<string, Identity>;
};

/**
 * Brings keyed tables, relational views and change feeds to the plan, in the transaction of the caller.
 *
 * A view is a function of its inputs: where its definition is another one, it is computed anew, and where its columns
 * are, made anew. A keyed table holds what came with commits: it takes new columns, and refuses all else.
 *
 * @throws MED_TABLE_CHANGED, MED_TABLE_BEHIND
 */
export async function migrateRelations(migration: RelationMigration): Promise<void> {
  const { client, plan, relations } = migration;
  const { graph } = relations;
  const stale = new Set<string>();
  for (const relation of graph.relations) {
    const made =
      relation.kind === 'keyed' ? await migrateKeyed(migration, relation) : await migrateComputed(migration, relation);
    if (made && relation.kind !== 'keyed') stale.add(relation.plan.name);
    if (made && relation.kind === 'keyed')
      for (const reader of graph.readersOf(relation)) if (reader.kind !== 'keyed') stale.add(reader.plan.name);
  }
  for (const relation of graph.relations)
    if (relation.kind !== 'keyed')
      for (const { table, columns } of neededIndexes(relation))
        await ensureIndex(client, plan.schemaName, table, columns);
  for (const feed of graph.feeds) await migrateFeed(migration, feed);
  await relations.refresh(client, [...stale]);
}

const isRedefined = ({ stored, declared }: RelationMigration, name: string): boolean =>
  stored.get(name)?.definitionHash !== declared.get(name)!.definitionHash;

/** Whether the table was made. */
async function migrateKeyed(migration: RelationMigration, relation: KeyedRelation): Promise<boolean> {
  const { client, plan, stored, declared } = migration;
  const { name } = relation;
  const known = stored.get(name);
  const columns = await storedColumns(client, plan.schemaName, name);
  if (columns.size === 0 || known === undefined) await refuseWhenBehind(migration, relation);
  if (columns.size === 0) {
    await run(client, [...createTable(plan.schemaName, relation), ...describeTable(plan.schemaName, relation)]);
    return true;
  }
  if (known !== undefined && known.stateHash !== declared.get(name)!.stateHash)
    throw changed(migration, relation, `version ${relation.plan.version}, with other keys or logic`);
  const added = addedColumns(relation.fields, columns);
  if (typeof added === 'string') throw changed(migration, relation, added);
  await run(client, addColumns(plan.schemaName, name, added));
  if (isRedefined(migration, name)) await run(client, describeTable(plan.schemaName, relation));
  return false;
}

/** Whether the view must be computed anew. */
async function migrateComputed(
  migration: RelationMigration,
  relation: Exclude<Relation, KeyedRelation>,
): Promise<boolean> {
  const { client, plan, relations, stored, declared } = migration;
  const view = relation.plan.name;
  const exists = (await storedColumns(client, plan.schemaName, relation.name)).size > 0;
  if (exists && !isRedefined(migration, view)) return false;
  await relations.lock(client, [relation]);
  if (exists && stored.get(view)?.stateHash !== declared.get(view)!.stateHash) {
    for (const feed of relations.graph.feedsOf(relation)) await feedDeletes(migration, feed);
    await client.query(`DROP TABLE ${qualified(plan.schemaName, relation.name)}`);
    await run(client, createTable(plan.schemaName, relation));
  } else if (!exists) await run(client, createTable(plan.schemaName, relation));
  await run(client, describeTable(plan.schemaName, relation));
  return true;
}

async function migrateFeed(migration: RelationMigration, feed: ChangeFeedPlan): Promise<void> {
  const { client, plan, relations } = migration;
  const source = relations.graph.named(feed.source)!;
  const columns = await storedColumns(client, plan.schemaName, feed.name);
  if (columns.size === 0) {
    await relations.lock(client, [source]);
    await run(client, createFeed(plan.name, plan.schemaName, feed, source));
  } else {
    const added = addedColumns(source.fields, columns);
    if (typeof added === 'string')
      throw new MedallionError('MED_TABLE_CHANGED', {
        table: feed.name,
        stored: migration.stored.get(feed.name)?.version ?? 'unknown',
        declared: `${feed.version}, ${added}`,
        command: `\`ALTER TABLE ${qualified(plan.schemaName, feed.name)} RENAME TO ${ident(`${feed.name}_before`)}\` keeps the old changes and lets a new feed begin`,
      });
    await run(client, addColumns(plan.schemaName, feed.name, added));
  }
  const comment = feed.comment === null ? 'NULL' : literal(feed.comment);
  if (isRedefined(migration, feed.name))
    await client.query(`COMMENT ON TABLE ${qualified(plan.schemaName, feed.name)} IS ${comment}`);
}

/** A table that begins anew has lost its rows: its feed says so, as one version. */
export async function feedDeletes(
  { client, plan, relations }: Pick<RelationMigration, 'client' | 'plan' | 'relations'>,
  feed: ChangeFeedPlan,
): Promise<void> {
  const [view, fed] = await Promise.all([
    storedColumns(client, plan.schemaName, feed.source),
    storedColumns(client, plan.schemaName, feed.name),
  ]);
  if (fed.size === 0) return;
  const common = [...view.keys()].filter((name) => fed.has(name)).map((name) => ({ name }));
  const from = qualified(plan.schemaName, relations.graph.named(feed.source)!.name);
  await client.query(`WITH next AS (${nextVersion(plan.name, feed.source, `EXISTS (SELECT FROM ${from})`)})
INSERT INTO ${qualified(plan.schemaName, feed.name)} (${columnList(common)}, ${ident(CHANGE.type)}, ${ident(CHANGE.version)}, ${ident(CHANGE.at)})
SELECT ${columnList(common, 's')}, 'delete', v.version, v.at FROM ${from} s, next v`);
}

/** A table that begins empty holds all rows only when its changelog was not read before. */
async function refuseWhenBehind({ client, plan }: RelationMigration, { plan: table }: KeyedRelation): Promise<void> {
  const { rows } = await client.query<{ next_offset: number }>(
    'SELECT max(next_offset) AS next_offset FROM medallion.lease WHERE pipeline = $1 AND topic = $2',
    [plan.name, table.changelogTopic],
  );
  const offset = rows[0]?.next_offset ?? 0;
  if (offset > 0)
    throw new MedallionError('MED_TABLE_BEHIND', {
      table: table.name,
      topic: table.changelogTopic,
      offset,
      command: rereadCommand(plan, table.name, table.changelogTopic),
    });
}

const changed = ({ plan, stored }: RelationMigration, { plan: table }: KeyedRelation, how: string): MedallionError =>
  new MedallionError('MED_TABLE_CHANGED', {
    table: table.name,
    stored: stored.get(table.name)?.version ?? 'unknown',
    declared: how,
    command: rebuildCommand(plan, table.name),
  });

/** What the changelog says was made by the former declaration. */
const rebuildCommand = (plan: PipelinePlan, table: string): string =>
  `with the services stopped, \`medallion refresh ${plan.name} ${table} --full\` makes it and all that depends on it anew`;

/** A keyed table is what its changelog holds, which is compacted and kept: so it can be read again. */
const rereadCommand = (plan: PipelinePlan, table: string, changelogTopic: string): string =>
  `${rebuildCommand(plan, table)}; or, where only the table in Postgres went, stop the gold service and run ` +
  `\`DELETE FROM medallion.lease WHERE pipeline = ${literal(plan.name)} AND topic = ${literal(changelogTopic)}; ` +
  ['table_counts', 'catalog']
    .map(
      (each) =>
        `DELETE FROM medallion.${each} WHERE pipeline = ${literal(plan.name)} AND table_name = ${literal(table)};`,
    )
    .join(' ') +
  '` as its database role, so that it reads the changelog again from its start';

/** The columns that a table lacks, or how one that it has contradicts the declaration. */
function addedColumns(fields: readonly Field[], stored: ReadonlyMap<string, string>): readonly Field[] | string {
  const other = fields.find((field) => stored.has(field.name) && stored.get(field.name) !== storedType(field));
  if (other !== undefined)
    return `column "${other.name}" is ${stored.get(other.name)} and would be ${storedType(other)}`;
  return fields.filter((field) => !stored.has(field.name));
}

const addColumns = (schemaName: string, name: string, fields: readonly Field[]): readonly string[] =>
  fields.map((field) => `ALTER TABLE ${qualified(schemaName, name)} ADD COLUMN ${columnSql(field)}`);

/** As format_type() prints it. */
const storedType = ({ type }: Field): string =>
  type.kind === 'timestamp' ? 'timestamp(3) with time zone' : postgresType(type);

async function storedColumns(
  client: pg.ClientBase,
  schemaName: string,
  table: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [qualified(schemaName, table)],
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}

/** Only where it is missing, as even then the statement would wait for all who write to the table. */
async function ensureIndex(
  client: pg.ClientBase,
  schemaName: string,
  table: string,
  columns: readonly string[],
): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = $1::regclass AND indpred IS NULL
       AND (SELECT array_agg(a.attname::text ORDER BY k.at) FROM unnest(indkey) WITH ORDINALITY AS k(attnum, at)
            JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = k.attnum WHERE k.at <= $2) = $3::text[]) AS found`,
    [qualified(schemaName, table), columns.length, [...columns]],
  );
  if (!rows[0]!.found) await client.query(createIndex(schemaName, table, columns));
}

async function run(client: pg.ClientBase, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}
