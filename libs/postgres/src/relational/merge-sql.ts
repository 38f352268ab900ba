import { ident, qualified } from '../sql-text.ts';
import { CHANGE_TYPE, deltaRows } from './carried-rows.ts';
import { lookup } from './lookup.ts';
import { type Accumulator, type GroupRelation, SOURCE } from './relation.ts';
import { whereAll } from './row-sql.ts';
import { castTo, columnList } from './typed-sql.ts';
import { keyOf, settle } from './write-sql.ts';

/**
 * The statement that merges the changed rows of the source into what is kept of their groups:
 *
 *   changed rows, +1 or -1 ─▶ their sum for each group ─▶ added to what is stored; no rows left: deleted
 *
 * Counts and exact sums are added. Of a value that was only added, the extreme is the greater of two; where the extreme
 * itself was taken out, and none as great was put in, the rows of the group are asked. A distinct value counts where a
 * look at the source finds it now and it was not there before, or the other way round. So a commit costs what it changes,
 * not what its groups hold, but for a lost extreme and for what is added up anew.
 */
export function mergeStatement(schemaName: string, relation: GroupRelation, keepsDelta: boolean): string {
  const { accumulators, groups } = relation;
  const stored = lookup(qualified(schemaName, relation.name), keyOf(relation, 'd'));
  const anew = accumulators.filter(({ kind }) => kind === 'min' || kind === 'max' || kind === 'anew');
  const merged = accumulators.map(
    (each, i) => `${castTo(mergedSql(each, i), each.field)} AS ${ident(each.field.name)}`,
  );
  const from = `(SELECT ${columnList(groups)}, ${accumulators.flatMap(totals).join(', ')} FROM (
  ${parts(schemaName, relation).join('\n  UNION ALL ')}
  ) u GROUP BY ${columnList(groups)}) d
  LEFT JOIN LATERAL ${stored} o ON true
  CROSS JOIN LATERAL (SELECT ${rowsAfter} > 0 AS any_, coalesce(${mustAskGroup(relation)}, false) AS ask_ OFFSET 0) f${
    anew.length === 0 ? '' : `\n  CROSS JOIN LATERAL ${groupAsked(schemaName, relation, anew)} e`
  }
  CROSS JOIN LATERAL (SELECT f.any_ AS __there, ${columnList(groups, 'd')}, ${merged.join(', ')} OFFSET 0) n`;
  const changed = `SELECT ${SOURCE}.*, CASE WHEN ${SOURCE}.${CHANGE_TYPE} IN ('insert', 'update_postimage') THEN 1 ELSE -1 END AS w_
  FROM ${deltaRows(relation.source, SOURCE)}${whereAll([relation.where])}`;
  const ctes = [`changed AS MATERIALIZED (${changed})`];
  return settle({ schemaName, relation, keepsDelta, surrogate: null, from, ctes });
}

/** What the changed rows put in; of an extreme also what they take out. */
const put = (i: number): string => `p${i}`;
const out = (i: number): string => `q${i}`;
const isExtreme = ({ kind }: Accumulator): boolean => kind === 'min' || kind === 'max';
const rowsAfter = `(coalesce(o."__rows", 0) + d.${put(0)})`;

const totals = (accumulator: Accumulator, i: number): readonly string[] => {
  if (!isExtreme(accumulator)) return [`coalesce(sum(${put(i)}), 0) AS ${put(i)}`];
  const { kind } = accumulator;
  return [`${kind}(${put(i)}) AS ${put(i)}`, `${kind}(${out(i)}) AS ${out(i)}`];
};

/** What each changed row does to its group, and each value that comes or goes. */
function parts(schemaName: string, relation: GroupRelation): readonly string[] {
  const { accumulators, groups } = relation;
  const ofRows = accumulators.flatMap((accumulator, i) => {
    const { kind, value, filter } = accumulator;
    const when = (more: string | null, then: string): string => {
      const conditions = [filter, more].filter((condition) => condition !== null).map((condition) => `(${condition})`);
      return conditions.length === 0 ? then : `CASE WHEN ${conditions.join(' AND ')} THEN ${then} END`;
    };
    if (kind === 'count') return [`${when(value === null ? null : `${value} IS NOT NULL`, 'w_')} AS ${put(i)}`];
    if (kind === 'sum') return [`${when(null, `w_ * ${value}`)} AS ${put(i)}`];
    if (isExtreme(accumulator))
      return [`${when('w_ > 0', value!)} AS ${put(i)}`, `${when('w_ < 0', value!)} AS ${out(i)}`];
    return [`0 AS ${put(i)}`];
  });
  return [
    `SELECT ${columnList(groups, SOURCE)}, ${ofRows.join(', ')} FROM changed ${SOURCE}`,
    ...accumulators.flatMap((each, i) => (each.kind === 'distinct' ? [distinctPart(schemaName, relation, i)] : [])),
  ];
}

/**
 * Values of which a group got its first row or lost its last. As `net` rows with the value came, there were some before
 * just when there are more now; so many are looked at and no more.
 */
function distinctPart(schemaName: string, relation: GroupRelation, index: number): string {
  const { accumulators, groups, source } = relation;
  const { value, filter, column } = accumulators[index]!;
  const none = accumulators.flatMap((each, i) => {
    const change = i === index ? '(k.n > 0)::int - (k.n > v.net_)::int' : each.kind === 'count' ? '0' : 'NULL';
    return [change, ...(isExtreme(each) ? ['NULL'] : [])];
  });
  const wanted = [...keyOf({ key: groups }, 'v'), { column: column!.name, nullable: false, value: 'v.value_' }];
  const rows = `${lookup(qualified(schemaName, source.name), wanted)} ${SOURCE}${whereAll([relation.where, filter])}`;
  return `SELECT ${columnList(groups, 'v')}, ${none.join(', ')}
  FROM (SELECT ${columnList(groups, SOURCE)}, ${value} AS value_, sum(w_) AS net_ FROM changed ${SOURCE}${whereAll([filter, `${value} IS NOT NULL`])}
    GROUP BY ${columnList(groups, SOURCE)}, ${value} HAVING sum(w_) <> 0) v
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM ${rows} LIMIT greatest(v.net_, 0) + 1) f OFFSET 0) k`;
}

/** Whether what is stored and what changed do not tell the accumulators of a group that has rows. */
function mustAskGroup({ accumulators }: GroupRelation): string {
  const lost = accumulators.flatMap((accumulator, i) => {
    const { kind, field } = accumulator;
    if (kind === 'anew') return ['true'];
    if (!isExtreme(accumulator)) return [];
    const [stored, atLeast] = [`o.${ident(field.name)}`, kind === 'min' ? '<=' : '>='];
    return [`(d.${out(i)} ${atLeast} ${stored} AND NOT coalesce(d.${put(i)} ${atLeast} ${stored}, false))`];
  });
  return lost.length === 0 ? 'false' : `${rowsAfter} > 0 AND (${lost.join(' OR ')})`;
}

/** The accumulators that are computed from all rows of a group, where they must be. */
function groupAsked(schemaName: string, relation: GroupRelation, anew: readonly Accumulator[]): string {
  const columns = anew.map(({ field, aggregate }) => `${aggregate} AS ${ident(field.name)}`).join(', ');
  const rows = lookup(qualified(schemaName, relation.source.name), keyOf({ key: relation.groups }, 'd'));
  return `(SELECT ${columns} FROM ${rows} ${SOURCE}${whereAll(['f.ask_', relation.where])} OFFSET 0)`;
}

function mergedSql({ kind, field }: Accumulator, i: number): string {
  const stored = `o.${ident(field.name)}`;
  switch (kind) {
    case 'min':
    case 'max':
      return `CASE WHEN f.ask_ THEN e.${ident(field.name)} ELSE ${kind === 'min' ? 'least' : 'greatest'}(${stored}, d.${put(i)}) END`;
    case 'anew':
      return `e.${ident(field.name)}`;
    default:
      return `coalesce(${stored}, 0) + d.${put(i)}`;
  }
}
