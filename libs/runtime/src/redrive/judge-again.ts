import { flowsOf, type KeyedTablePlan, type PipelinePlan, type StreamingTablePlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import { joinedTables, readerOf, redrivenParts, restoredFrom } from '../flows/start-streaming.ts';
import { KeyedRows } from '../keyed/keyed-rows.ts';
import { refused } from '../keyed/keyed-task.ts';
import type { LayerParts } from '../layer-parts.ts';
import type { LogRecord, RowDecoder, RowEncoder, Violation } from '../ports/index.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { fromTrace } from '../protocol/trace.ts';
import { DimensionTables } from '../streaming/dimension-tables.ts';
import type { RecordReader } from '../streaming/record-reader.ts';
import { short } from '../streaming/step.ts';
import { type RowSink, TableTask, type TaskParts } from '../streaming/table-task.ts';
import { type Redrive, toRedriveRecord } from './redrive-record.ts';
import type { Chosen, Claim, QuarantinePlace, RedriveStore } from './redrive-store.ts';
import { originalName, type RedrivenFlow, redrivenFlow } from './redriven-flow.ts';

/** What a record is judged to be by the plan as it is now. */
export type Judged = {
  /** Rows that it would become. */
  readonly rows: readonly AnyRow[];
  /** Why it, or elements of it, would be refused again. */
  readonly refused: readonly {
    readonly outcome: string;
    readonly reason: string;
    readonly violations: readonly Violation[];
  }[];
  /** The rules of an `expectOrFail` at which its flow would stop; null when it would not. */
  readonly stopped: string | null;
};

/** A row of the quarantine, and what would become of it. */
export type JudgedAgain = {
  readonly place: QuarantinePlace;
  readonly before: { readonly outcome: string; readonly rules: readonly string[] };
  readonly after: Judged;
};

/** What judges without writing anything: what a layer runs on, less what it writes with. */
export type JudgeParts = Pick<LayerParts, 'plan' | 'log' | 'codecs' | 'logger' | 'sleep' | 'clock'>;

/** Rows of which the bytes are in memory at once. */
const PAGE = 200;

/**
 * What the flows of the plan would make of these records, by the code that they run: reader, steps, joins with the keyed
 * tables and the repetitions that the table knows as they are now. Nothing is written (SPEC R7). Of a keyed table a row
 * that is kept is a change; whether it alters the table is not told.
 */
export async function* judgeAgain(
  parts: JudgeParts,
  store: RedriveStore,
  chosen: readonly Chosen[],
  claims: readonly Claim[],
): AsyncGenerator<JudgedAgain> {
  const before = new Map(chosen.map((row) => [keyOf(row), row]));
  const dimensions = new DimensionTables(parts);
  const judges = new Map<string, FlowJudge>();
  try {
    for (let at = 0; at < claims.length; at += PAGE) {
      const page = claims.slice(at, at + PAGE);
      for (const [i, redrive] of (await store.unnumbered(page)).entries()) {
        const { place } = page[i]!;
        if (redrive === null) continue;
        const name = originalName(place.flow);
        let judge = judges.get(name);
        if (judge === undefined) {
          judge = await FlowJudge.of(parts, dimensions, name);
          judges.set(name, judge);
        }
        const { outcome, violations } = before.get(keyOf(place))!;
        yield {
          place,
          before: { outcome, rules: violations.map(({ expectation }) => expectation) },
          after: await judge.judge({ ...redrive, id: at + i + 1 }),
        };
      }
    }
  } finally {
    await dimensions.close();
  }
}

const keyOf = ({ table, topic, partition, offset, flow, index }: QuarantinePlace): string =>
  `${table} ${topic}[${partition}]@${offset} ${flow} ${index}`;

/** One flow: a task for each partition, as its redrive would have. */
class FlowJudge {
  readonly #parts: JudgeParts;
  readonly #table: StreamingTablePlan | KeyedTablePlan;
  readonly #redriven: RedrivenFlow;
  readonly #reader: RecordReader;
  readonly #task: Pick<TaskParts, 'tables'>;
  readonly #tasks = new Map<number, TableTask>();
  #kept: AnyRow[] = [];

  private constructor(
    parts: JudgeParts,
    table: StreamingTablePlan | KeyedTablePlan,
    redriven: RedrivenFlow,
    reader: RecordReader,
    task: Pick<TaskParts, 'tables'>,
  ) {
    this.#parts = parts;
    this.#table = table;
    this.#redriven = redriven;
    this.#reader = reader;
    this.#task = task;
  }

  static async of(parts: JudgeParts, dimensions: DimensionTables, name: string): Promise<FlowJudge> {
    const { table, redriven } = declared(parts.plan, name);
    const reader = await readerOf(table, redriven.flow, parts, redriven);
    const tables = await joinedTables(redriven.flow, { dimensions, report: () => {} });
    return new FlowJudge(parts, table, redriven, reader, { tables });
  }

  async judge(redrive: Redrive): Promise<Judged> {
    const { partition } = redrive.at;
    const now = this.#parts.clock.now();
    const record: LogRecord = { ...toRedriveRecord(redrive), offset: redrive.id, timestampMs: now };
    await this.#reader.prepare([record]);
    const task = this.#tasks.get(partition) ?? (await this.#opened(partition));
    this.#tasks.set(partition, task);
    this.#kept = [];
    const { topic } = this.#redriven;
    const { traces, failure } = task.process({ topic, partition, records: [record], highWatermark: 0 }, now);
    return {
      rows: this.#kept,
      refused: traces.flatMap(({ headers }) => {
        const trace = fromTrace(headers);
        return trace === null ? [] : [{ outcome: trace.outcome, reason: trace.reason, violations: trace.violations }];
      }),
      stopped:
        failure === null ? null : String((failure.details as { readonly rules?: string }).rules ?? failure.message),
    };
  }

  async #opened(partition: number): Promise<TableTask> {
    const { log, codecs } = this.#parts;
    const at = { topic: this.#redriven.topic, partition };
    const table = this.#table;
    const reads = { reader: this.#reader, encoder: this.#encoder, ...this.#task, ...redrivenParts(this.#redriven) };
    if (table.kind === 'keyed_table') {
      const parts = { ...reads, sink: this.#sink(new KeyedRows(table)) };
      return new TableTask({ name: table.name, eventTime: null }, this.#redriven.flow, parts, at, startPosition());
    }
    const task = new TableTask(table, this.#redriven.flow, reads, at, startPosition());
    const from = await restoredFrom(this.#redriven.original, partition, this.#parts);
    if (from === null) return task;
    const rows = await codecs.decoder(table.topic, table.schema);
    for await (const records of log.read({ topic: table.topic, partition }, from)) {
      await rows.prepare(records.map(({ value }) => value));
      task.restore(records, (each) => rowOf(rows, each));
    }
    return task;
  }

  /** Registers nothing: it remembers the rows that would be written. */
  #encoder: RowEncoder = {
    encode: (row) => {
      this.#kept.push({ ...row });
      return Buffer.alloc(0);
    },
  };

  /** What a keyed table asks of each change. */
  #sink(rows: KeyedRows): RowSink {
    return (row, _record, warned) => {
      const violations = rows.violations(row);
      const names = violations.map(({ expectation }) => expectation).join(', ');
      if (violations.length > 0) return refused('violation', `broke ${names}`, warned, violations);
      try {
        rows.deletes(row);
      } catch (error) {
        return refused('derive_failed', `the condition of deletes threw: ${short(error)}`, warned);
      }
      this.#kept.push({ ...row });
      return { records: [] };
    };
  }
}

function declared(plan: PipelinePlan, name: string) {
  for (const table of plan.tables)
    for (const original of flowsOf(table)) {
      const redriven = original.name === name ? redrivenFlow(plan, original) : null;
      if (redriven !== null && (table.kind === 'streaming_table' || table.kind === 'keyed_table'))
        return { table, redriven };
    }
  throw new Error(`invariant violated: ${name} was chosen to be redriven`);
}

function rowOf(decoder: RowDecoder, { value }: LogRecord): AnyRow | null {
  const decoded = decoder.decode(value);
  return 'row' in decoded ? decoded.row : null;
}

/** What judging found, added up. */
export type JudgedFlow = {
  readonly flow: string;
  readonly records: number;
  /** Records that would be in the table, with all that they become. */
  kept: number;
  /** Records, or elements of them, that would be refused again, by outcome; `dropped` is one. */
  readonly refused: Record<string, number>;
  /** The rules that they would break, by how many. */
  readonly rules: Record<string, number>;
  /** Records that a `where` would leave out, or an empty list. */
  filtered: number;
  /** Records at which the flow would stop. */
  stops: number;
};

/** Adds up what was judged, by flow. */
export function addJudged(flows: Map<string, JudgedFlow>, { place, after }: JudgedAgain): void {
  const flow = originalName(place.flow);
  const found = flows.get(flow) ?? { flow, records: 0, kept: 0, refused: {}, rules: {}, filtered: 0, stops: 0 };
  flows.set(flow, { ...found, records: found.records + 1 });
  const counted = flows.get(flow)!;
  if (after.stopped !== null) counted.stops++;
  else if (after.refused.length === 0 && after.rows.length === 0) counted.filtered++;
  else if (after.refused.length === 0) counted.kept++;
  for (const { outcome, violations } of after.refused) {
    counted.refused[outcome] = (counted.refused[outcome] ?? 0) + 1;
    for (const { expectation } of violations) counted.rules[expectation] = (counted.rules[expectation] ?? 0) + 1;
  }
}
