import { ident, qualified } from '../sql-text.ts';
import { carryTouched, deltaRows } from './carried-rows.ts';
import { indexedColumns } from './lookup.ts';
import { type Computed, type Join, type Place, type RowRelation, SOURCE } from './relation.ts';
import { batchQuery, joinsBefore } from './row-sql.ts';
import { columnList } from './typed-sql.ts';

/** An index that the statements below need to be fast. */
export type NeededIndex = { readonly table: string; readonly columns: readonly string[] };

/**
 * Finds the keys of a relation that the changes of its inputs may have changed: of a group, the groups that a changed row
 * was in before and is in after; of a row, its own key, and the keys of the rows that a changed row of a joined relation
 * is found by.
 */
export function touchedStatement(schemaName: string, relation: Computed): string {
  const key = relation.key;
  const own = `SELECT ${columnList(key, 'd')} FROM ${deltaRows(relation.source, 'd')}`;
  const through = relation.kind === 'rows' ? relation.joins.map((_, i) => keysThrough(schemaName, relation, i)) : [];
  return carryTouched(
    relation,
    `SELECT DISTINCT ${columnList(key)} FROM (
  ${[own, ...through].join('\n  UNION ALL ')}
) k`,
  );
}

/** The indexes by which `touchedStatement` and the lookups of a relation find their rows. */
export function neededIndexes(relation: Computed): readonly NeededIndex[] {
  if (relation.kind === 'groups') {
    const groups = indexedColumns(relation.groups).map((field) => field.name);
    const values = relation.accumulators.flatMap(({ kind, column }) => (kind === 'distinct' ? [column!.name] : []));
    const found = values.map((value) => [...groups.filter((name) => name !== value), value]);
    // The index of a value finds the rows of a group too.
    return [...(found.length > 0 ? [] : [groups]), ...found].map((columns) => ({
      table: relation.source.name,
      columns,
    }));
  }
  return relation.joins
    .map((join) => {
      const table = relationAt(relation, join)?.name;
      return table === undefined ? null : { table, columns: join.on.map(({ left }) => left.field.name) };
    })
    .filter((index) => index !== null);
}

/** All keys of which the stored row is not what the batch query says. */
export function differingStatement(schemaName: string, relation: Computed): string {
  const compared = relation.fields.filter((field) => field.name !== relation.surrogate?.column.name);
  const columns = columnList(compared);
  const unknown = relation.surrogate === null ? '' : ` WHERE ${ident(relation.surrogate.column.name)} <> 0`;
  return carryTouched(
    relation,
    `SELECT DISTINCT ${columnList(relation.key)} FROM (
  SELECT ${columns} FROM (
    SELECT ${columns} FROM (${batchQuery(schemaName, relation)}) b
    UNION ALL SELECT ${columns} FROM ${qualified(schemaName, relation.name)}${unknown}
  ) u GROUP BY ${columns} HAVING count(*) = 1
) k`,
  );
}

/** The one relation that all columns which a join looks up by are in, so that its rows are found by an index. */
function relationAt(relation: RowRelation, join: Join): RowRelation['source'] | null {
  const places = join.on.map(({ left }) => left);
  const [first] = places as [Place];
  if (!places.every((place) => place.alias === first.alias && place.plain)) return null;
  if (first.alias === SOURCE) return relation.source;
  return relation.joins.find((each) => each.alias === first.alias)!.relation;
}

/** The keys of the rows that find a changed row of the join numbered `index`. */
function keysThrough(schemaName: string, relation: RowRelation, index: number): string {
  const join = relation.joins[index]!;
  const delta = deltaRows(join.relation, 'd');
  const keys = columnList(relation.key, SOURCE);
  const steps = stepsTo(schemaName, relation, join, 'd');
  if (steps !== null) return `SELECT ${keys} FROM ${delta}${steps}`;
  // By columns of several relations, or by a stand-in: all joined rows are looked through.
  const on = join.on.map(({ left, right }) => `${left.sql} = d.${ident(right.name)}`).join(' AND ');
  const source = `${qualified(schemaName, relation.source.name)} ${SOURCE}`;
  return `SELECT ${keys} FROM ${source}${joinsBefore(schemaName, relation, index)} JOIN ${delta} ON ${on}`;
}

/** The way back from the key of a joined row to the rows of the source, one lookup for each relation on it. */
function stepsTo(schemaName: string, relation: RowRelation, join: Join, from: string): string | null {
  const at = relationAt(relation, join);
  if (at === null) return null;
  const { alias } = join.on[0]!.left;
  const conditions = join.on.map(({ left, right }) => `x.${ident(left.field.name)} = ${from}.${ident(right.name)}`);
  const step = ` CROSS JOIN LATERAL (SELECT x.* FROM ${qualified(schemaName, at.name)} x WHERE ${conditions.join(' AND ')} OFFSET 0) ${alias}`;
  if (alias === SOURCE) return step;
  const rest = stepsTo(schemaName, relation, relation.joins.find((each) => each.alias === alias)!, alias);
  return rest === null ? null : step + rest;
}
