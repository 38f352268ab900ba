import { type Instant, NEVER } from '@medallion/core';
import { expectationsOf, type MaterializedViewPlan, type PipelinePlan } from '@medallion/pipeline';
import type { GoldReader, Query } from '@medallion/postgres';
import { goldColumns } from './view/gold-columns.ts';
import type { GoldTableView, RefusedView, RuleView } from './view/model.ts';

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
       WHERE pipeline = $1 AND outcome <> 'accepted' GROUP BY 1 ORDER BY 2 DESC, 1`,
      [plan.name],
    );
    const [final] = await query<{ at: Instant | null }>(
      'SELECT min(final_through) AS at FROM medallion.watermarks WHERE pipeline = $1',
      [plan.name],
    );
    const gold: GoldTableView[] = [];
    for (const view of viewsOf(plan)) gold.push(await newestRows(query, plan, view));
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
      values: columns.map(({ name }) => row[name] ?? null),
    })),
  };
}

/** Whether a gold row was written since an instant. */
export async function hasRowSince(reader: GoldReader, plan: PipelinePlan, since: Instant): Promise<boolean> {
  const [view] = viewsOf(plan);
  if (view === undefined) return false;
  const rows = await reader.query(
    `SELECT 1 AS one FROM ${ident(plan.schemaName)}.${ident(view.name)} WHERE updated_at >= to_timestamp($1) LIMIT 1`,
    [since / 1000],
  );
  return rows.length > 0;
}
