import { type Instant, NEVER } from '@medallion/core';
import {
  expectationsOf,
  type MaterializedViewPlan,
  type PipelinePlan,
  type RelationalViewPlan,
} from '@medallion/pipeline';
import type { GoldReader, Query } from '@medallion/postgres';
import { firstColumns, goldColumns } from './view/gold-columns.ts';
import type { GoldTableView, RefusedView, RuleView, Value } from './view/model.ts';

/** What Postgres says of a pipeline, as of one moment. */
export type GoldFacts = {
  readonly rules: readonly RuleView[];
  readonly refused: readonly RefusedView[];
  readonly finalThrough: Instant | null;
  readonly gold: readonly GoldTableView[];
};

/** As many rows as a large terminal shows of a table. */
const ROWS = 8;

export const viewsOf = (plan: PipelinePlan): readonly MaterializedViewPlan[] =>
  plan.tables.filter((table) => table.kind === 'materialized_view');

/** The gold tables without windows. */
export const relationsOf = (plan: PipelinePlan): readonly RelationalViewPlan[] =>
  plan.tables.filter((table) => table.kind === 'relational_view').filter(({ layer }) => layer === 'gold');

/** Reads everything that is shown. Rejects while the tables do not exist yet. */
export const readGoldFacts = (reader: GoldReader, plan: PipelinePlan): Promise<GoldFacts> =>
  reader.snapshot(async (query) => {
    const rules = await query<RuleView>(
      `SELECT table_name AS "table", rule, action, passed, failed FROM medallion.data_quality_metrics
       WHERE pipeline = $1`,
      [plan.name],
    );
    const refused = await query<RefusedView>(
      `SELECT CASE outcome WHEN 'late' THEN 'late for a window' ELSE outcome END AS reason, sum(records)::bigint AS records FROM medallion.table_counts
       WHERE pipeline = $1 AND outcome NOT IN ('accepted', 'read', 'deleted', 'unchanged', 'superseded', 'filtered', 'removed')
       GROUP BY 1 ORDER BY 2 DESC, 1`,
      [plan.name],
    );
    const [final] = await query<{ at: Instant | null }>(
      'SELECT min(final_through) AS at FROM medallion.watermarks WHERE pipeline = $1',
      [plan.name],
    );
    const gold: GoldTableView[] = [];
    for (const view of viewsOf(plan)) gold.push(await newestRows(query, plan, view));
    for (const view of relationsOf(plan)) gold.push(await greatestRows(query, plan, view));
    const at = final?.at ?? NEVER;
    return { rules: inPlanOrder(rules, plan), refused, finalThrough: at === NEVER ? null : at, gold };
  });

/** The order in which a reader of the pipeline knows them. */
function inPlanOrder(rules: readonly RuleView[], plan: PipelinePlan): readonly RuleView[] {
  const declared = plan.tables.flatMap((table) => expectationsOf(table).map(({ name }) => `${table.name}/${name}`));
  const place = ({ table, rule }: RuleView): number => declared.indexOf(`${table}/${rule}`);
  return rules.toSorted((a, b) => place(a) - place(b));
}

const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Of the newest window first the best ranked, or those with most. */
async function newestRows(query: Query, plan: PipelinePlan, view: MaterializedViewPlan): Promise<GoldTableView> {
  const columns = goldColumns(view);
  const rank = view.columns.find(({ kind }) => kind === 'rank');
  const most = view.aggregates.find(({ kind }) => kind === 'count');
  const order = ['window_start DESC'];
  if (rank) order.push(ident(rank.field.name));
  else if (most) order.push(`${ident(most.name)} DESC`);
  const rows = await query(
    `SELECT ${columns.map(({ name }) => ident(name)).join(', ')}, is_final
     FROM ${ident(plan.schemaName)}.${ident(view.name)} ORDER BY ${order.join(', ')} LIMIT ${ROWS}`,
  );
  return {
    name: view.name,
    columns,
    rows: rows.map((row) => ({
      isFinal: row.is_final === true,
      values: columns.map(({ name }) => shown(row[name])),
    })),
  };
}

/** Of a table without windows the rows of which the first measure is greatest, or any. */
async function greatestRows(query: Query, plan: PipelinePlan, view: RelationalViewPlan): Promise<GoldTableView> {
  const columns = firstColumns(view);
  const [measure] = view.aggregates;
  const order = measure ? `ORDER BY ${ident(measure.name)} DESC NULLS LAST` : '';
  const rows = await query(
    `SELECT ${columns.map(({ name }) => ident(name)).join(', ')}
     FROM ${ident(plan.schemaName)}.${ident(view.name)} ${known(view)} ${order} LIMIT ${ROWS}`,
  );
  // A row of such a table is right at any time: none of them is provisional.
  return {
    name: view.name,
    columns,
    rows: rows.map((row) => ({ isFinal: true, values: columns.map(({ name }) => shown(row[name])) })),
  };
}

/** Leaves out the row that stands for the unknown. */
const known = ({ surrogateKey }: RelationalViewPlan): string =>
  surrogateKey === null ? '' : `WHERE ${ident(surrogateKey)} > 0`;

/** A list is shown as its JSON text. */
const shown = (value: Value | object | undefined): Value =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null);

/** Whether a gold row was written since an instant. */
export async function hasRowSince(reader: GoldReader, plan: PipelinePlan, since: Instant): Promise<boolean> {
  const [view] = viewsOf(plan);
  if (view === undefined) return hasRow(reader, plan);
  const rows = await reader.query(
    `SELECT 1 AS one FROM ${ident(plan.schemaName)}.${ident(view.name)} WHERE updated_at >= to_timestamp($1) LIMIT 1`,
    [since / 1000],
  );
  return rows.length > 0;
}

/** Whether any gold table without windows has a row: when it was written is not known. */
async function hasRow(reader: GoldReader, plan: PipelinePlan): Promise<boolean> {
  for (const view of relationsOf(plan)) {
    const from = `${ident(plan.schemaName)}.${ident(view.name)}`;
    if ((await reader.query(`SELECT 1 AS one FROM ${from} ${known(view)} LIMIT 1`)).length > 0) return true;
  }
  return false;
}
