import { assertNever } from '@medallion/core';
import type { Expression, MaterializedViewPlan, ViewColumnPlan } from '@medallion/pipeline';
import { postgresType } from '@medallion/schema';
import { averageColumns, layoutOf, WINDOW_END } from './gold-layout.ts';
import { ident, literal, qualified } from './sql-text.ts';

/**
 * The view that users read: the declared columns in order, then `is_final` and `updated_at`.
 *
 * What is computed from a row's own measures is computed when it is read, so nothing is stored twice. The measures come
 * from a subquery so that expressions and ranks can name them; the planner dissolves it.
 */
export function goldView(pipeline: string, schemaName: string, view: MaterializedViewPlan): string {
  const columns = [
    ...view.schema.fields.map((field) => `${columnSql(view, field.name)} AS ${ident(field.name)}`),
    `${isFinal(pipeline, view)} AS is_final`,
    ...(view.eventTime.closeWhenSilentMs === undefined ? [] : [`${closedByClock(pipeline, view)} AS closed_by_clock`]),
    'm.updated_at',
  ];
  const name = qualified(schemaName, view.name);
  return `CREATE VIEW ${name} AS\nSELECT ${columns.join(',\n       ')}\nFROM (${measures(schemaName, view)}) AS m;`;
}

/** One statement a comment. */
export function goldComments(schemaName: string, view: MaterializedViewPlan): readonly string[] {
  const name = qualified(schemaName, view.name);
  const comments = view.schema.fields.flatMap((field) =>
    field.doc === undefined ? [] : [`COMMENT ON COLUMN ${name}.${ident(field.name)} IS ${literal(field.doc)};`],
  );
  return [
    ...(view.comment === null ? [] : [`COMMENT ON VIEW ${name} IS ${literal(view.comment)};`]),
    ...comments,
    `COMMENT ON COLUMN ${name}.is_final IS 'Whether the window is closed, so that the row never changes again';`,
    ...(view.eventTime.closeWhenSilentMs === undefined
      ? []
      : [`COMMENT ON COLUMN ${name}.closed_by_clock IS 'Whether the window was closed by the clock, in silence';`]),
  ];
}

const milliseconds = (ms: number): string => `interval '${ms} milliseconds'`;

/** The measures as users see them: an average is two stored columns. */
function measures(schemaName: string, view: MaterializedViewPlan): string {
  const layout = layoutOf(view);
  const columns = [
    ...layout.key.map((field) => ident(field.name)),
    ...view.aggregates.map(({ name, kind }) => {
      if (kind !== 'avg') return ident(name);
      const [sum, count] = averageColumns(name);
      return `${ident(sum)}::double precision / nullif(${ident(count)}, 0) AS ${ident(name)}`;
    }),
    ...(view.window.kind === 'session' ? [WINDOW_END] : []),
    'updated_at',
  ];
  return `SELECT ${columns.join(', ')} FROM ${qualified(schemaName, layout.stateTable)}`;
}

/** The end of a row's window, and so much later: stored of sessions, of other windows a matter of their size. */
function windowEnd({ window }: MaterializedViewPlan, laterMs: number): string {
  if (window.kind === 'session')
    return laterMs === 0 ? `m.${WINDOW_END}` : `m.${WINDOW_END} + ${milliseconds(laterMs)}`;
  return `(m.window_start + ${milliseconds(window.sizeMs + laterMs)})::timestamptz(3)`;
}

function columnSql(view: MaterializedViewPlan, name: string): string {
  if (name === 'window_end') return windowEnd(view, 0);
  const computed = view.columns.find((column) => column.field.name === name);
  return computed === undefined ? `m.${ident(name)}` : computedSql(view, computed);
}

function computedSql(view: MaterializedViewPlan, column: ViewColumnPlan): string {
  const type = postgresType(column.field.type);
  switch (column.kind) {
    case 'expression':
      return `(${expressionSql(column.expression)})::${type}`;
    case 'rank':
      return `(rank() OVER (PARTITION BY m.window_start ORDER BY m.${ident(column.by)} DESC NULLS LAST))::${type}`;
    case 'cumulative': {
      const group = view.groupBy.map((field) => `m.${ident(field.name)}`);
      // The sum of all windows may have more digits than that of one: it is shown all the same.
      const wide = column.field.type.kind === 'decimal' ? 'numeric' : type;
      const partition = group.length === 0 ? '' : `PARTITION BY ${group.join(', ')} `;
      return `(sum(m.${ident(column.of)}) OVER (${partition}ORDER BY m.window_start ROWS UNBOUNDED PRECEDING))::${wide}`;
    }
    default:
      return assertNever(column, 'view column');
  }
}

const OPERATOR = { plus: '+', minus: '-', times: '*' } as const;

/** In double precision throughout, as JavaScript calculates: the quotient of two counts is no integer. */
export function expressionSql(expression: Expression): string {
  switch (expression.op) {
    case 'column':
      return `m.${ident(expression.name)}::double precision`;
    case 'number':
      return `(${expression.value})::double precision`;
    case 'plus':
    case 'minus':
    case 'times':
      return `(${expressionSql(expression.left)} ${OPERATOR[expression.op]} ${expressionSql(expression.right)})`;
    case 'per':
      return `(${expressionSql(expression.left)} / nullif(${expressionSql(expression.right)}, 0))`;
    default:
      return assertNever(expression, 'expression');
  }
}

// Closing a window writes nothing to its rows: they are final by a comparison with one row of medallion.watermarks,
// which Postgres reads once per query.
function isFinal(pipeline: string, view: MaterializedViewPlan): string {
  const finalThrough = `(SELECT w.final_through FROM medallion.watermarks w WHERE w.pipeline = ${literal(pipeline)} AND w.source = ${literal(view.source)})`;
  return `coalesce(${windowEnd(view, view.window.graceMs)} <= ${finalThrough}, false)`;
}

/** There are as many closings as there were silences that closed a window. */
function closedByClock(pipeline: string, view: MaterializedViewPlan): string {
  const end = windowEnd(view, view.window.graceMs);
  return `EXISTS (SELECT FROM medallion.clock_closings c WHERE c.pipeline = ${literal(pipeline)} AND c.source = ${literal(view.source)} AND c.after_time < ${end} AND ${end} <= c.through_time)`;
}
