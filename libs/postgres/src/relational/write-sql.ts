import { ident, qualified } from '../sql-text.ts';
import { CHANGE_TYPE, carryDelta, deltaRows, touchedRows } from './carried-rows.ts';
import { lookup, type Wanted } from './lookup.ts';
import {
  type Computed,
  type KeyedRelation,
  type Relation,
  type RowRelation,
  SOURCE,
  type Surrogate,
} from './relation.ts';
import { rowFor, rowOf } from './row-sql.ts';
import { columnList } from './typed-sql.ts';

/**
 * The statement that makes the stored rows of a relation what they are to be: rows that vanished are deleted, others
 * written only where they differ. What it changed is carried on, for those that depend on it.
 */
export function writeStatement(schemaName: string, relation: Computed, keepsDelta: boolean): string {
  const stored = lookup(qualified(schemaName, relation.name), keyOf(relation, 't'), knownRow(relation));
  const from = `${touchedRows(relation, 't')}
  LEFT JOIN LATERAL ${stored} o ON true
  LEFT JOIN LATERAL ${rowFor(schemaName, relation, 't')} n ON true`;
  return settle({ schemaName, relation, keepsDelta, surrogate: relation.surrogate, from });
}

/**
 * The same for a relation without joins, straight from what changed in its source: each changed row there is the row of
 * the same key here.
 */
export function followStatement(schemaName: string, relation: RowRelation, keepsDelta: boolean): string {
  const stored = lookup(qualified(schemaName, relation.name), keyOf(relation, SOURCE), knownRow(relation));
  const there = `${SOURCE}.${CHANGE_TYPE} <> 'delete'`;
  const from = `(SELECT * FROM ${deltaRows(relation.source, 'd')} WHERE ${CHANGE_TYPE} <> 'update_preimage') ${SOURCE}
  LEFT JOIN LATERAL ${stored} o ON true
  LEFT JOIN LATERAL ${rowOf(relation, there)} n ON true`;
  return settle({ schemaName, relation, keepsDelta, surrogate: relation.surrogate, from });
}

/** The unknown member is nobody's row. */
const knownRow = ({ surrogate }: Computed): string =>
  surrogate === null ? '' : `x.${ident(surrogate.column.name)} <> 0`;

/**
 * The same for a keyed table, whose rows come as parameters: an array of whether there is a row, then one a column, of
 * which those of the key are always set.
 */
export function applyStatement(
  schemaName: string,
  relation: KeyedRelation,
  keepsDelta: boolean,
  sqlTypes: readonly string[],
): string {
  const arrays = ['boolean', ...sqlTypes].map((type, i) => `$${i + 1}::${type}[]`).join(', ');
  const stored = lookup(qualified(schemaName, relation.name), keyOf(relation, 'n'));
  const from = `unnest(${arrays}) AS n(__there, ${columnList(relation.fields)})
  LEFT JOIN LATERAL ${stored} o ON true`;
  return settle({ schemaName, relation, keepsDelta, surrogate: null, from });
}

/** The key of a relation as columns to look up, with the values of an alias. */
export const keyOf = ({ key }: Pick<Relation, 'key'>, alias: string): readonly Wanted[] =>
  key.map(({ name, nullable }) => ({ column: name, nullable, value: `${alias}.${ident(name)}` }));

type Settling = {
  readonly schemaName: string;
  readonly relation: Relation;
  readonly keepsDelta: boolean;
  readonly surrogate: Surrogate | null;
  /** Pairs of a stored row `o` and the row `n` that it is to be; either may be missing. */
  readonly from: string;
  /** What FROM needs to be defined before. */
  readonly ctes?: readonly string[];
};

/** Writes the rows that differ, and carries on what it wrote. */
export function settle(settling: Settling): string {
  const { schemaName, relation, keepsDelta, surrogate, from } = settling;
  const table = qualified(schemaName, relation.name);
  const computed = relation.fields.filter((field) => field.name !== surrogate?.column.name);
  const columns = columnList(relation.fields);
  const names = relation.fields.map((field) => field.name);
  const before = (name: string): string => `o${names.indexOf(name)}`;
  const after = (name: string): string => `n${names.indexOf(name)}`;
  const keys = relation.key.map(({ name }) => after(name)).join(', ');
  const rest = names.filter((name) => !relation.key.some((field) => field.name === name));
  const update = rest.map((name) => `${ident(name)} = excluded.${ident(name)}`).join(', ');
  const source = surrogate === null ? 'diff' : 'numbered';
  const ctes = [
    ...(settling.ctes ?? []),
    `diff AS MATERIALIZED (
  SELECT o.__at AS at_, o.__at IS NOT NULL AS o_, coalesce(n.__there, false) AS n_,
    ${names.map((name) => `o.${ident(name)} AS ${before(name)}`).join(', ')},
    ${computed.map(({ name }) => `n.${ident(name)} AS ${after(name)}`).join(', ')}
  FROM ${from}
  WHERE (o.__at IS NOT NULL) <> coalesce(n.__there, false)
    OR n.__there AND ROW(${columnList(computed, 'o')}) IS DISTINCT FROM ROW(${columnList(computed, 'n')}))`,
    ...(surrogate === null ? [] : numbering(settling, surrogate, after)),
    `gone AS (DELETE FROM ${table} x USING diff d WHERE x.ctid = d.at_ AND NOT d.n_)`,
  ];
  const put = `INSERT INTO ${table} (${columns}) SELECT ${names.map(after).join(', ')} FROM ${source} WHERE n_ ORDER BY ${keys}
ON CONFLICT (${columnList(relation.key)}) DO ${rest.length === 0 ? 'NOTHING' : `UPDATE SET ${update}`}`;
  if (!keepsDelta) return `WITH ${ctes.join(',\n')}\n${put}`;
  const named = (alias: (name: string) => string): string =>
    names.map((name) => `${alias(name)} AS ${ident(name)}`).join(', ');
  const changes = `SELECT CASE WHEN n_ THEN 'update_preimage' ELSE 'delete' END AS ${CHANGE_TYPE}, ${named(before)}
  FROM ${source} WHERE o_
  UNION ALL
  SELECT CASE WHEN o_ THEN 'update_postimage' ELSE 'insert' END, ${names.map(after).join(', ')} FROM ${source} WHERE n_`;
  return `WITH ${ctes.join(',\n')},
put AS (${put})
${carryDelta(relation, changes)}`;
}

/** Gives keys that were never seen the integers that come next, in the order of the keys. */
function numbering(
  { schemaName, relation }: Settling,
  { column, keys }: Surrogate,
  after: (name: string) => string,
): readonly string[] {
  const table = qualified(schemaName, keys);
  const number = ident(column.name);
  const key = relation.key.map(({ name, nullable }) => ({ column: name, nullable, value: `d.${after(name)}` }));
  const order = relation.key.map(({ name }) => `d.${after(name)}`).join(', ');
  const greatest = `(SELECT coalesce(max(${number}), 0) FROM ${table})`;
  return [
    `numbered AS MATERIALIZED (
  SELECT d.*, k.${number} IS NULL AND d.n_ AS new_, coalesce(k.${number},
    ${greatest} + row_number() OVER (PARTITION BY k.${number} IS NULL, d.n_ ORDER BY ${order})) AS ${after(column.name)}
  FROM diff d LEFT JOIN LATERAL ${lookup(table, key)} k ON true)`,
    `assigned AS (INSERT INTO ${table} (${columnList(relation.key)}, ${number})
  SELECT ${relation.key.map(({ name }) => after(name)).join(', ')}, ${after(column.name)} FROM numbered WHERE new_)`,
  ];
}
