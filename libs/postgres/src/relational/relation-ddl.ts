import { invariant } from '@medallion/core';
import { CHANGE, type ChangeFeedPlan, type StoragePlan } from '@medallion/pipeline';
import { derivedName, ident, literal, qualified } from '../sql-text.ts';
import type { Relation, Surrogate } from './relation.ts';
import { isHidden } from './relations-of.ts';
import { columnList, columnSql } from './typed-sql.ts';

/** Rows are updated in place: room on each page for their new versions, unless the declaration says otherwise. */
const FILLFACTOR = 85;

/** The statements that create the table of a relation. Every statement may be repeated, but the first. */
export function createTable(schemaName: string, relation: Relation): readonly string[] {
  const table = qualified(schemaName, relation.name);
  const surrogate = surrogateOf(relation);
  // The unknown member has no key, and a group may be null: then null equals null.
  const loose = surrogate !== null || relation.key.some((field) => field.nullable);
  const strict = new Set(loose ? [] : relation.key.map((field) => field.name));
  const columns = [
    ...relation.fields.map((field) => `${columnSql(field)}${strict.has(field.name) ? ' NOT NULL' : ''}`),
    `${loose ? 'UNIQUE NULLS NOT DISTINCT' : 'PRIMARY KEY'} (${columnList(relation.key)})`,
    ...(surrogate === null ? [] : [`UNIQUE (${ident(surrogate.column.name)})`]),
  ];
  return [
    `CREATE TABLE ${table} (\n  ${columns.join(',\n  ')}\n)`,
    ...(surrogate === null ? [] : unknownMember(schemaName, relation, surrogate)),
  ];
}

const surrogateOf = (relation: Relation): Surrogate | null => (relation.kind === 'keyed' ? null : relation.surrogate);

/** The table that never forgets a key, and the row that stands for the unknown. */
function unknownMember(schemaName: string, relation: Relation, { column, keys }: Surrogate): readonly string[] {
  const table = qualified(schemaName, keys);
  const number = ident(column.name);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (${relation.key.map(columnSql).join(', ')}, ${number} bigint PRIMARY KEY,
  UNIQUE NULLS NOT DISTINCT (${columnList(relation.key)}))`,
    `COMMENT ON TABLE ${table} IS ${literal(`The integers of ${relation.name}: one for each key that it ever had, for ever`)}`,
    `INSERT INTO ${qualified(schemaName, relation.name)} (${number}) VALUES (0) ON CONFLICT DO NOTHING`,
  ];
}

/** What may change without the rows: comments and storage. Every statement may be repeated. */
export function describeTable(schemaName: string, relation: Relation): readonly string[] {
  const table = qualified(schemaName, relation.name);
  const { plan } = relation;
  if (isHidden(relation))
    return [
      `COMMENT ON TABLE ${table} IS ${literal(`${hiddenUse(relation)}: read that instead`)}`,
      `ALTER TABLE ${table} SET (fillfactor = ${FILLFACTOR})`,
    ];
  const comments = relation.fields.flatMap(({ name, doc }) =>
    doc === undefined ? [] : [`COMMENT ON COLUMN ${table}.${ident(name)} IS ${literal(doc)}`],
  );
  return [
    `COMMENT ON TABLE ${table} IS ${plan.comment === null ? 'NULL' : literal(plan.comment)}`,
    ...comments,
    ...storageOf(schemaName, relation.name, plan.storage),
  ];
}

const hiddenUse = ({ kind, plan }: Relation): string =>
  kind === 'groups' ? `What the measures of ${plan.name} are made of` : `The joined rows that ${plan.name} groups`;

/** How a table is stored: parameters, and the index by which `CLUSTER` sorts its rows. */
export function storageOf(schemaName: string, name: string, storage: StoragePlan): readonly string[] {
  const table = qualified(schemaName, name);
  const parameters = Object.entries(storage.autovacuum).map(([parameter, value]) => {
    invariant(/^(toast\.)?autovacuum_[a-z_]+$/.test(parameter), `${parameter} is no setting of autovacuum`);
    return `${parameter} = ${Number(value)}`;
  });
  const settings = [`fillfactor = ${Number(storage.fillfactor ?? FILLFACTOR)}`, ...parameters].join(', ');
  return [`ALTER TABLE ${table} SET (${settings})`, ...clustering(schemaName, name, storage)];
}

/** The index of a table's clustering; `CLUSTER` without a name takes it. */
export function clustering(schemaName: string, name: string, { clusterBy }: StoragePlan): readonly string[] {
  if (clusterBy.length === 0) return [];
  const table = qualified(schemaName, name);
  const index = derivedName(`${name}__${clusterBy.join('_')}`, '_cluster');
  return [
    `CREATE INDEX IF NOT EXISTS ${ident(index)} ON ${table} (${clusterBy.map(ident).join(', ')})`,
    `ALTER TABLE ${table} CLUSTER ON ${ident(index)}`,
  ];
}

/** An index for the lookups of those who read a table. */
export const createIndex = (schemaName: string, name: string, columns: readonly string[]): string =>
  `CREATE INDEX IF NOT EXISTS ${ident(derivedName(`${name}__${columns.join('_')}`, '_idx'))} ON ${qualified(schemaName, name)} (${columns.map(ident).join(', ')})`;

/** The statements that create a change feed, which begins with the rows that its table has, at the version that they are. */
export function createFeed(
  pipeline: string,
  schemaName: string,
  feed: ChangeFeedPlan,
  source: Relation,
): readonly string[] {
  const table = qualified(schemaName, feed.name);
  const columns = [
    ...source.fields.map(columnSql),
    `${ident(CHANGE.type)} text NOT NULL`,
    `${ident(CHANGE.version)} bigint NOT NULL`,
    `${ident(CHANGE.at)} timestamptz(3) NOT NULL`,
  ];
  const from = qualified(schemaName, source.name);
  return [
    `CREATE TABLE ${table} (\n  ${columns.join(',\n  ')}\n)`,
    `CREATE INDEX ON ${table} (${ident(CHANGE.version)})`,
    `WITH next AS (${nextVersion(pipeline, source.name, `EXISTS (SELECT FROM ${from})`, 0)})
INSERT INTO ${table} SELECT ${columnList(source.fields, 's')}, 'insert', v.version, v.at FROM ${from} s, next v`,
  ];
}

/** Raises the version of a table by `step` (its first is 0), where a condition holds. */
export const nextVersion = (pipeline: string, table: string, condition: string, step = 1): string =>
  `INSERT INTO medallion.table_versions AS v (pipeline, table_name, version)
  SELECT ${literal(pipeline)}, ${literal(table)}, 0 WHERE ${condition}
  ON CONFLICT (pipeline, table_name) DO UPDATE SET version = v.version + ${step}
  RETURNING v.version, clock_timestamp()::timestamptz(3) AS at`;
