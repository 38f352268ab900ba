import {
  expectationsOf,
  type MaterializedViewPlan,
  type PipelinePlan,
  type StreamingTablePlan,
  streamingTables,
} from '@medallion/pipeline';
import type { RowCodecs, RowDecoder } from '../ports/index.ts';

/** A topic that the gold layer reads: rows of a table, or the traces of what its flow refused. */
export type GoldInput = {
  readonly kind: 'rows' | 'traces';
  readonly table: StreamingTablePlan;
  /** The flows that write to it. */
  readonly flows: ReadonlySet<string>;
  /** Reads rows of the table; null for traces. */
  readonly decoder: RowDecoder | null;
  /** For traces, by flow: reads the rows that the flow refused. Absent for flows that read an external source. */
  readonly refused: ReadonlyMap<string, RowDecoder>;
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
    const rules = expectationsOf(table).map(({ name, action }) => ({ name, action }));
    const flows = new Set(table.flows.map(({ name }) => name));
    const views = plan.tables.filter((view) => view.kind === 'materialized_view' && view.source === table.name);
    inputs.set(table.topic, {
      kind: 'rows',
      table,
      flows,
      decoder: await codecs.decoder(table.topic, table.schema),
      refused: new Map(),
      views: views as MaterializedViewPlan[],
      rules,
    });
    inputs.set(table.quarantineTopic, {
      kind: 'traces',
      table,
      flows,
      decoder: null,
      refused: await refusedDecoders(table, byName, codecs),
      views: [],
      rules,
    });
  }
  return inputs;
}

async function refusedDecoders(
  table: StreamingTablePlan,
  byName: ReadonlyMap<string, StreamingTablePlan>,
  codecs: RowCodecs,
): Promise<ReadonlyMap<string, RowDecoder>> {
  const decoders = new Map<string, RowDecoder>();
  for (const { name, source } of table.flows) {
    if (source.kind !== 'table') continue;
    const { topic, schema } = byName.get(source.table)!;
    decoders.set(name, await codecs.decoder(topic, schema));
  }
  return decoders;
}

/** The decoders that records of the input need. */
export const decodersOf = ({ decoder, refused }: GoldInput): readonly RowDecoder[] =>
  decoder === null ? [...refused.values()] : [decoder];

/** The streaming tables that materialized views read, with their names: each has a point through which windows are final. */
export const viewSources = (plan: PipelinePlan): readonly StreamingTablePlan[] =>
  streamingTables(plan).filter((table) =>
    plan.tables.some((view) => view.kind === 'materialized_view' && view.source === table.name),
  );
