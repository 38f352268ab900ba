import {
  expectationsOf,
  flowsOf,
  gainsColumns,
  type KeyedTablePlan,
  type MaterializedViewPlan,
  type PipelinePlan,
  type StreamingTablePlan,
  streamingTables,
} from '@medallion/pipeline';
import type { Round, RowCodecs, RowDecoder, TableStore } from '../ports/index.ts';
import { changelogSchema } from '../protocol/changelog.ts';
import { backfilledName, redrivenName } from '../redrive/redriven-flow.ts';
import { GrowingDecoder } from './growing-decoder.ts';

type Input = {
  /** The flows that write to it. */
  readonly flows: ReadonlySet<string>;
  /** For traces, by flow: reads the rows that the flow refused. Absent for flows that read an external source. */
  readonly refused: ReadonlyMap<string, RowDecoder>;
  /** All rules of the table, in order. */
  readonly rules: readonly { readonly name: string; readonly action: string }[];
};

/** The rows of a streaming table, for its copy and for the views over it. */
export type RowsInput = Input & {
  readonly kind: 'rows';
  readonly table: StreamingTablePlan;
  readonly decoder: RowDecoder;
  readonly views: readonly MaterializedViewPlan[];
};

/** The changes of a keyed table, for the table in Postgres. */
export type ChangesInput = Input & {
  readonly kind: 'changes';
  readonly table: KeyedTablePlan;
  readonly decoder: RowDecoder;
};

/** The traces of what the flows of a table refused. */
export type TracesInput = Input & {
  readonly kind: 'traces';
  readonly table: StreamingTablePlan | KeyedTablePlan;
  readonly decoder: null;
};

/** A topic that the gold layer reads. */
export type GoldInput = RowsInput | ChangesInput | TracesInput;

/** Every topic that the gold layer of a pipeline reads, by name. */
export async function goldInputs(
  plan: PipelinePlan,
  codecs: RowCodecs,
  store: Pick<TableStore, 'addColumns'>,
): Promise<ReadonlyMap<string, GoldInput>> {
  const inputs = new Map<string, GoldInput>();
  for (const table of plan.tables) {
    if (table.kind !== 'streaming_table' && table.kind !== 'keyed_table') continue;
    const rules = expectationsOf(table).map(({ name, action }) => ({ name, action }));
    const flows = new Set(flowsOf(table).flatMap(({ name }) => [name, redrivenName(name), backfilledName(name)]));
    const common = { flows, rules, refused: new Map<string, RowDecoder>() };
    if (table.kind === 'streaming_table') {
      const views = plan.tables
        .filter((view) => view.kind === 'materialized_view')
        .filter((view) => view.source === table.name);
      const decoder = gainsColumns(table)
        ? await GrowingDecoder.of(table, codecs, store)
        : await codecs.decoder(table.topic, table.schema);
      inputs.set(table.topic, { ...common, kind: 'rows', table, decoder, views });
    } else {
      const decoder = await codecs.decoder(table.changelogTopic, changelogSchema(table.schema));
      inputs.set(table.changelogTopic, { ...common, kind: 'changes', table, decoder });
    }
    const refused = await refusedDecoders(plan, table, codecs);
    inputs.set(table.quarantineTopic, { ...common, kind: 'traces', table, decoder: null, refused });
  }
  return inputs;
}

async function refusedDecoders(
  plan: PipelinePlan,
  table: StreamingTablePlan | KeyedTablePlan,
  codecs: RowCodecs,
): Promise<ReadonlyMap<string, RowDecoder>> {
  const decoders = new Map<string, RowDecoder>();
  for (const { name, source } of flowsOf(table)) {
    if (source.kind !== 'table') continue;
    const { topic, schema } = streamingTables(plan).find((each) => each.name === source.table)!;
    const decoder = await codecs.decoder(topic, schema);
    decoders.set(name, decoder).set(redrivenName(name), decoder);
  }
  return decoders;
}

/** Has decoders learn what the records of a round need: those of one topic together, as a table may gain columns by it. */
export async function prepare(round: Round, inputs: ReadonlyMap<string, GoldInput>): Promise<void> {
  for (const [topic, batches] of Map.groupBy(round, (batch) => batch.topic)) {
    const values = batches.flatMap(({ records }) => records.map(({ value }) => value));
    for (const decoder of decodersOf(inputs.get(topic)!)) await decoder.prepare(values);
  }
}

/** The decoders that records of the input need. */
const decodersOf = ({ decoder, refused }: GoldInput): readonly RowDecoder[] =>
  decoder === null ? [...new Set(refused.values())] : [decoder];

/** The streaming tables that materialized views read, with their names: each has a point through which windows are final. */
export const viewSources = (plan: PipelinePlan): readonly StreamingTablePlan[] =>
  streamingTables(plan).filter((table) =>
    plan.tables.some((view) => view.kind === 'materialized_view' && view.source === table.name),
  );
