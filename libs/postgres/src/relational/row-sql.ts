import { ident, qualified } from '../sql-text.ts';
import { lookup } from './lookup.ts';
import { type Computed, type GroupRelation, type Join, type RowRelation, SOURCE } from './relation.ts';
import { columnList } from './typed-sql.ts';

/** The SELECT list of a relation's stored columns but its surrogate key. */
const select = (outputs: ReadonlyMap<string, string>): string =>
  [...outputs].map(([name, sql]) => `${sql} AS ${ident(name)}`).join(', ');

/** A WHERE clause of all conditions that there are. */
export const whereAll = (conditions: readonly (string | null)[]): string => {
  const all = conditions.filter((condition) => condition !== null);
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
};

/** All rows of a relation as its inputs have it now: the batch query that it is to equal. */
export function batchQuery(schemaName: string, relation: Computed): string {
  const source = `${qualified(schemaName, relation.source.name)} ${SOURCE}`;
  if (relation.kind === 'rows') {
    const joins = relation.joins.map((join) => plainJoin(schemaName, join)).join('');
    return `SELECT ${select(relation.outputs)} FROM ${source}${joins}${whereAll([relation.where, known(relation, SOURCE)])}`;
  }
  const group = (name: string): string => `${SOURCE}.${ident(name)}`;
  return `SELECT ${select(relation.outputs(group))} FROM ${source}${whereAll([relation.where, known(relation, SOURCE)])} GROUP BY ${columnList(relation.groups, SOURCE)}`;
}

/** The row of a relation for the key in `touched`, as its inputs have it now; a lateral subquery with `__there`. */
export function rowFor(schemaName: string, relation: Computed, touched: string): string {
  const table = qualified(schemaName, relation.source.name);
  const wanted = relation.key.map(({ name, nullable }) => ({
    column: name,
    nullable,
    value: `${touched}.${ident(name)}`,
  }));
  const source = `${lookup(table, wanted)} ${SOURCE}`;
  if (relation.kind === 'rows') {
    const joins = relation.joins.map((join) => lookedUp(schemaName, join)).join('');
    return `(SELECT true AS __there, ${select(relation.outputs)} FROM ${source}${joins}${whereAll([relation.where, known(relation, touched)])} OFFSET 0)`;
  }
  return `(SELECT true AS __there, ${select(groupOutputs(relation, touched))} FROM ${source}${whereAll([relation.where, known(relation, touched)])} HAVING count(*) > 0 OFFSET 0)`;
}

/** The row of a relation without joins for a row of its source, which goes by the name of SOURCE, where a condition holds. */
export const rowOf = (relation: RowRelation, condition: string): string =>
  `(SELECT true AS __there, ${select(relation.outputs)}${whereAll([condition, relation.where, known(relation, SOURCE)])} OFFSET 0)`;

const groupOutputs = (relation: GroupRelation, touched: string): ReadonlyMap<string, string> =>
  relation.outputs((name) => `${touched}.${ident(name)}`);

/** With a surrogate key, the key of nothing but nulls is that of the unknown member, which is always there. */
function known({ surrogate, key }: Computed, alias: string): string | null {
  if (surrogate === null || key.some((field) => !field.nullable)) return null;
  return `NOT (${key.map(({ name }) => `${alias}.${ident(name)} IS NULL`).join(' AND ')})`;
}

const matches = (join: Join, alias: string): readonly string[] =>
  join.on.map(({ left, right }) => `${alias}.${ident(right.name)} = ${left.sql}`);

/** Of several versions that are open for a moment, the newest. */
const OPEN = '"__END_AT" IS NULL';
const NEWEST = 'ORDER BY x."__START_AT" DESC LIMIT 1';

function plainJoin(schemaName: string, join: Join): string {
  const table = qualified(schemaName, join.relation.name);
  const kind = join.type === 'left' ? 'LEFT JOIN' : 'JOIN';
  if (!join.open) return ` ${kind} ${table} ${join.alias} ON ${matches(join, join.alias).join(' AND ')}`;
  const keys = join.on.map(({ right }) => `x.${ident(right.name)}`).join(', ');
  const newest = `(SELECT DISTINCT ON (${keys}) x.* FROM ${table} x WHERE x.${OPEN} ORDER BY ${keys}, x."__START_AT" DESC)`;
  return ` ${kind} ${newest} ${join.alias} ON ${matches(join, join.alias).join(' AND ')}`;
}

function lookedUp(schemaName: string, join: Join): string {
  const table = qualified(schemaName, join.relation.name);
  const kind = join.type === 'left' ? 'LEFT JOIN' : 'JOIN';
  const conditions = matches(join, 'x');
  const found = join.open
    ? `(SELECT x.* FROM ${table} x WHERE ${[...conditions, `x.${OPEN}`].join(' AND ')} ${NEWEST})`
    : `(SELECT x.* FROM ${table} x WHERE ${conditions.join(' AND ')} OFFSET 0)`;
  return ` ${kind} LATERAL ${found} ${join.alias} ON true`;
}

/** The joins of a relation up to, not with, one of them; for the keys that a change of the latter touches. */
export const joinsBefore = (schemaName: string, { joins }: RowRelation, index: number): string =>
  joins
    .slice(0, index)
    .map((join) => plainJoin(schemaName, join))
    .join('');
