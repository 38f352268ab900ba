import type { MaterializedViewPlan, PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import type { RowCodecs, RowDecoder } from '../ports/index.ts';

/** A topic that the gold layer reads: rows of a table, or the traces of what its flow refused. */
export type GoldInput = {
  readonly kind: 'rows' | 'traces';
  readonly table: StreamingTablePlan;
  /** Rows of the table; for traces, rows of the table that the refused record was read from (null: an external topic). */
  readonly decoder: RowDecoder | null;
  /** The views over the table; none for traces. */
  readonly views: readonly MaterializedViewPlan[];
  /** All rules of the table, in order. */
  readonly rules: readonly { readonly name: string; readonly action: string }[];
};

/** Every topic that the gold layer of a pipeline reads, by name. */
export async function goldInputs(plan: PipelinePlan, codecs: RowCodecs): Promise<ReadonlyMap<string, GoldInput>> {
  const tables = streamingTables(plan);
  const byName = new Map(tables.map((table) => [table.name, table]));
  const inputs = new Map<string, GoldInput>();
  for (const table of tables) {
    const rules = table.steps.flatMap((step) =>
      step.kind === 'judge' ? step.expectations.map(({ name, action }) => ({ name, action })) : [],
    );
    const views = plan.tables.filter((view) => view.kind === 'materialized_view' && view.source === table.name);
    const source = table.source.kind === 'table' ? byName.get(table.source.table)! : null;
    inputs.set(table.topic, {
      kind: 'rows',
      table,
      decoder: await codecs.decoder(table.topic, table.schema),
      views: views as MaterializedViewPlan[],
      rules,
    });
    inputs.set(table.quarantineTopic, {
      kind: 'traces',
      table,
      decoder: source === null ? null : await codecs.decoder(source.topic, source.schema),
      views: [],
      rules,
    });
  }
  return inputs;
}

/** The streaming tables of a plan in its order. */
export const streamingTables = (plan: PipelinePlan): readonly StreamingTablePlan[] =>
  plan.tables.filter((table) => table.kind === 'streaming_table');

/** The streaming tables that materialized views read, with their names: each has a point through which windows are final. */
export const viewSources = (plan: PipelinePlan): readonly StreamingTablePlan[] =>
  streamingTables(plan).filter((table) =>
    plan.tables.some((view) => view.kind === 'materialized_view' && view.source === table.name),
  );
