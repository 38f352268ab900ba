import {
  type Expression,
  type FlowPlan,
  flowsOf,
  type MaterializedViewPlan,
  type PipelinePlan,
  type RelationalViewPlan,
  type TablePlan,
} from '@medallion/pipeline';

/** A column that another one is made of. */
export type Origin = {
  /** A table of the pipeline, a topic, or a pattern of files. */
  readonly source: string;
  readonly column: string;
  /** Whether its value can be seen in the other one: counts and conditions show none. */
  readonly carried: boolean;
};

/** Where a column comes from. What a closure computes is not known, so it has no entry. */
export type ColumnLineage = Origin & { readonly target: string; readonly targetColumn: string };

/** The lineage of every column of a plan, as far as its declarations say. */
export function columnLineageOf(plan: PipelinePlan): readonly ColumnLineage[] {
  return plan.tables.flatMap((table) => {
    const origins = originsOf(table, plan);
    return table.schema.fields.flatMap((field) =>
      distinct(origins.get(field.name) ?? []).map((origin) => ({
        ...origin,
        target: table.name,
        targetColumn: field.name,
      })),
    );
  });
}

/**
 * The personal columns of each table: those that are declared so, and those in which the value of one can be seen. What a
 * closure computes is as personal as it is declared.
 */
export function personalColumnsOf(plan: PipelinePlan): ReadonlyMap<string, ReadonlySet<string>> {
  const personal = new Map<string, Set<string>>();
  const lineage = Map.groupBy(columnLineageOf(plan), (each) => each.target);
  for (const table of plan.tables) {
    const declared = 'governance' in table ? table.governance.personal : [];
    const inherited = (lineage.get(table.name) ?? [])
      .filter(({ source, column, carried }) => carried && personal.get(source)?.has(column) === true)
      .map(({ targetColumn }) => targetColumn);
    personal.set(table.name, new Set([...declared, ...inherited]));
  }
  return personal;
}

type Origins = Map<string, readonly Origin[]>;

function originsOf(table: TablePlan, plan: PipelinePlan): Origins {
  switch (table.kind) {
    case 'streaming_table':
    case 'keyed_table':
      return merged(flowsOf(table).map((flow) => throughFlow(flow, plan)));
    case 'relational_view':
      return throughView(table, plan);
    case 'materialized_view':
      return throughWindows(table);
    default:
      return columnsOf(table.source, plan);
  }
}

/** A table's own columns, as another one that reads it begins with. */
function columnsOf(source: string, plan: PipelinePlan): Origins {
  const fields = plan.tables.find((table) => table.name === source)?.schema.fields ?? [];
  return new Map(fields.map(({ name }) => [name, [{ source, column: name, carried: true }]]));
}

function throughFlow({ source, steps }: FlowPlan, plan: PipelinePlan): Origins {
  const origins: Origins =
    source.kind === 'table'
      ? columnsOf(source.table, plan)
      : new Map(
          source.declared.fields.map(({ name }) => [
            name,
            [
              {
                source: source.kind === 'topic' ? source.topic : `${source.path}/${source.pattern}`,
                column: name,
                carried: true,
              },
            ],
          ]),
        );
  for (const step of steps) {
    // What a closure computes is not the column of that name any more.
    if (step.kind === 'derive') for (const { field } of step.columns) origins.delete(field.name);
    if (step.kind === 'join')
      for (const { from, field } of step.columns)
        origins.set(field.name, [{ source: step.table, column: from, carried: true }]);
    if (step.kind === 'explode') {
      const list = origins.get(step.column) ?? [];
      for (const { field } of step.fields) origins.set(field.name, list);
    }
  }
  return origins;
}

function throughView(view: RelationalViewPlan, plan: PipelinePlan): Origins {
  const scope = columnsOf(view.source, plan);
  const of = (names: readonly string[], carried = true): readonly Origin[] =>
    names.flatMap((name) => scope.get(name) ?? []).map((origin) => ({ ...origin, carried: origin.carried && carried }));
  for (const { table, columns } of view.joins)
    for (const { from, field } of columns) scope.set(field.name, [{ source: table, column: from, carried: true }]);
  for (const { field, expression } of view.derived) scope.set(field.name, of(expression.columns));
  for (const { name, kind, column, where } of view.aggregates) {
    const counts = kind === 'count' || kind === 'count_distinct';
    scope.set(name, [...of(column === null ? [] : [column], !counts), ...of(where?.columns ?? [], false)]);
  }
  for (const { field, expression } of view.columns) scope.set(field.name, of(expression.columns));
  if (view.surrogateKey !== null) scope.set(view.surrogateKey, of(view.key, false));
  return scope;
}

function throughWindows({ source, groupBy, aggregates, columns, eventTime }: MaterializedViewPlan): Origins {
  const origin = (column: string, carried: boolean): Origin => ({ source, column, carried });
  const scope: Origins = new Map(groupBy.map(({ name }) => [name, [origin(name, true)]]));
  for (const name of ['window_start', 'window_end']) scope.set(name, [origin(eventTime.column, false)]);
  for (const { name, kind, column } of aggregates)
    scope.set(name, column === null ? [] : [origin(column, kind !== 'count_distinct')]);
  for (const column of columns) {
    const names =
      column.kind === 'expression' ? namesIn(column.expression) : [column.kind === 'rank' ? column.by : column.of];
    scope.set(
      column.field.name,
      names.flatMap((name) => scope.get(name) ?? []),
    );
  }
  return scope;
}

function namesIn(expression: Expression): readonly string[] {
  if (expression.op === 'column') return [expression.name];
  return expression.op === 'number' ? [] : [...namesIn(expression.left), ...namesIn(expression.right)];
}

function merged(all: readonly Origins[]): Origins {
  const result: Origins = new Map();
  for (const origins of all) for (const [name, of] of origins) result.set(name, [...(result.get(name) ?? []), ...of]);
  return result;
}

/** Of one column several times, once: carried, where it is carried any time. */
function distinct(origins: readonly Origin[]): readonly Origin[] {
  const byColumn = new Map<string, Origin>();
  for (const origin of origins) {
    const key = `${origin.source}\0${origin.column}`;
    const known = byColumn.get(key);
    if (known === undefined || (origin.carried && !known.carried)) byColumn.set(key, origin);
  }
  return [...byColumn.values()];
}
