import { type Instant, NEVER } from '@medallion/core';
import { watermarkAfter } from '@medallion/operators';
import type { AnyRow } from '@medallion/schema';
import type {
  GoldCommit,
  KeyedChange,
  LogRecord,
  Outcome,
  PartitionBatch,
  QuarantinedRow,
  RecordedVerdicts,
  Round,
  StoredSession,
} from '../ports/index.ts';
import { stands } from '../protocol/changelog.ts';
import { type Coordinate, coordinateOf } from '../protocol/coordinates.ts';
import { countsOf, fromLedgerRecord, ledgerOf } from '../protocol/ledger.ts';
import { fromTrace, warnedOf } from '../protocol/trace.ts';
import { Counts, increment, type TableCounts } from './counts.ts';
import type { ChangesInput, GoldInput, RowsInput, TracesInput } from './gold-input.ts';
import { changeOf } from './keyed-change.ts';
import { type HeldPartition, keyOf, leaseStep } from './partition.ts';
import { quarantinedForeign, quarantinedTrace, quarantinedUnreadable, quarantinedUnstorable } from './quarantine.ts';
import { ViewMeasures } from './view-measures.ts';

/** What a round needs to be judged: the topics, the leases held, what is final. Nothing here changes. */
export type GoldContext = {
  readonly inputs: ReadonlyMap<string, GoldInput>;
  readonly partitions: ReadonlyMap<string, HeldPartition>;
  /** By source table. */
  readonly finalThrough: ReadonlyMap<string, Instant>;
  /** By view, the stored sessions that its rows could touch; read after `finalThrough`. */
  readonly sessions?: ReadonlyMap<string, readonly StoredSession[]>;
  readonly now: Instant;
  /** The round is a single record whose content the store refused. */
  readonly unstorable?: string;
  /** What was decided about these records before: then it is not decided again. */
  readonly recorded?: RecordedVerdicts;
};

/** The transaction that a round becomes, and the partitions as they are once it is committed. */
export type JudgedRound = { readonly commit: GoldCommit; readonly after: readonly HeldPartition[] };

/**
 * Turns a round into one transaction. Pure: the same round, leases and final points give the same transaction, so it
 * is simply made again when windows were closed meanwhile. Decoders must have been prepared.
 */
export function judgeRound(round: Round, context: GoldContext): JudgedRound {
  const judging = new Judging(context);
  const after = round.map((batch) => judging.batch(batch));
  return { after, commit: judging.commit(after) };
}

/** Where rows of a flow and partition are counted: in their table, and in each view over it. */
type RowCounts = {
  readonly input: RowsInput;
  readonly flow: string;
  readonly partition: number;
  readonly own: TableCounts;
  readonly views: readonly TableCounts[];
};

class Judging {
  readonly #context: GoldContext;
  readonly #measures: ViewMeasures;
  readonly #copies = new Map<string, AnyRow[]>();
  readonly #changes = new Map<string, KeyedChange[]>();
  readonly #quarantined: QuarantinedRow[] = [];
  readonly #counts = new Counts();
  #last: RowCounts | null = null;

  constructor(context: GoldContext) {
    this.#context = context;
    this.#measures = new ViewMeasures(context.sessions);
  }

  batch(batch: PartitionBatch): HeldPartition {
    const before = this.#context.partitions.get(keyOf(batch))!;
    const input = this.#context.inputs.get(batch.topic)!;
    const coordinates = before.coordinates.clone();
    let { watermark } = before;
    for (const record of batch.records) {
      if (input.kind === 'changes') {
        this.#change(input, batch, record);
        continue;
      }
      const coordinate = coordinateOf(record);
      if (coordinate === null || !input.flows.has(coordinate.flow)) this.#foreign(input, batch, record);
      else if (coordinates.advance(coordinate)) {
        if (this.#context.unstorable !== undefined) this.#unstorable(input, batch, record, coordinate);
        else if (this.#context.recorded?.isUnstorable(batch, record.offset)) continue;
        else if (input.kind === 'traces') this.#trace(input, batch, record, coordinate);
        else watermark = this.#row(input, batch, record, coordinate, watermark);
      }
    }
    const last = batch.records[batch.records.length - 1]!;
    return { ...before, next: last.offset + 1, watermark, coordinates, idle: false };
  }

  commit(after: readonly HeldPartition[]): GoldCommit {
    return {
      leases: after.map((partition) => leaseStep(this.#context.partitions.get(keyOf(partition))!, partition)),
      finalThrough: this.#context.finalThrough,
      deltas: this.#measures.deltas(),
      copies: [...this.#copies].map(([table, rows]) => ({ table, rows })),
      changes: this.#changes,
      quarantined: this.#quarantined,
      late: this.#measures.late,
      counts: this.#counts.deltas(),
    };
  }

  #row(input: RowsInput, at: PartitionBatch, record: LogRecord, from: Coordinate, watermark: Instant): Instant {
    const decoded = input.decoder.decode(record.value);
    if (!('row' in decoded)) {
      this.#quarantined.push(quarantinedUnreadable(input, at, record, decoded.undecodable, this.#context.now));
      increment(this.#of(input, from).refused, 'undecodable');
      return watermark;
    }
    const { row } = decoded;
    const counts = this.#countsOf(input, from);
    counts.own.accepted++;
    counts.own.judged++;
    for (const rule of warnedOf(record.headers)) increment(counts.own.failed, rule);
    if (input.table.queryable !== null) this.#copy(input.table.name, row);
    const { eventTime } = input.table;
    if (eventTime === null) return watermark;
    const eventAt = row[eventTime.column] as Instant;
    const closedThrough = Math.max(watermark, this.#context.finalThrough.get(input.table.name) ?? NEVER) as Instant;
    const lateFor = this.#context.recorded?.lateFor(at, record.offset);
    const measured = { at, record, row, eventTime: eventAt, closedThrough, lateFor };
    for (let i = 0; i < input.views.length; i++) {
      const outcome = this.#measures.add(input.views[i]!, measured);
      counts.views[i]![outcome]++;
    }
    return watermarkAfter(watermark, eventAt, eventTime.watermarkDelayMs);
  }

  /** K1 what its writer did not expect to stand where it stands is a repetition, or was written in ignorance: no change. */
  #change(input: ChangesInput, at: PartitionBatch, record: LogRecord): void {
    const { table } = input;
    const from = coordinateOf(record);
    if (from === null || !input.flows.has(from.flow)) {
      this.#foreign(input, at, record);
      return;
    }
    if (!stands(record, table.flow.name, at)) return;
    const flow = ledgerOf(record);
    if (flow !== null) {
      this.#counts.replace(
        `${table.name} ${flow} ${at.partition}`,
        countsOf(fromLedgerRecord(record, at), table.name, at),
      );
      return;
    }
    const { unstorable, now } = this.#context;
    if (unstorable !== undefined) {
      this.#quarantined.push(quarantinedUnstorable(input, at, record, unstorable, now));
      this.#beside(input, at, 'unstorable');
      return;
    }
    const change = changeOf(input, record);
    if ('undecodable' in change) {
      this.#quarantined.push(quarantinedUnreadable(input, at, record, change.undecodable, now));
      this.#beside(input, at, 'undecodable');
      return;
    }
    const changes = this.#changes.get(table.name);
    if (changes === undefined) this.#changes.set(table.name, [change]);
    else changes.push(change);
  }

  /** A record of a changelog that is no change of the table in Postgres: its flow, which counts changes, knows nothing of it. */
  #beside(input: ChangesInput, at: PartitionBatch, outcome: Outcome): void {
    increment(this.#counts.of(input.table.name, null, input.rules, at.partition).refused, outcome);
  }

  #trace(input: TracesInput, at: PartitionBatch, record: LogRecord, from: Coordinate): void {
    const trace = fromTrace(record.headers);
    if (trace === null) {
      this.#foreign(input, at, record);
      return;
    }
    this.#quarantined.push(quarantinedTrace(input, record, trace, from));
    // The flow of a keyed table counts it in its ledger.
    if (input.table.kind === 'keyed_table') return;
    const counts = this.#of(input, from);
    increment(counts.refused, trace.outcome);
    if (!trace.judged) return;
    counts.judged++;
    for (const rule of trace.warned) increment(counts.failed, rule);
    for (const { expectation, action } of trace.violations)
      if (action !== 'warn') {
        increment(counts.failed, expectation);
        increment(counts.dropped, expectation);
      }
  }

  #foreign(input: GoldInput, at: PartitionBatch, record: LogRecord): void {
    this.#quarantined.push(quarantinedForeign(input, at, record, this.#context.now));
    increment(this.#counts.of(input.table.name, null, input.rules, at.partition).refused, 'foreign');
  }

  #unstorable(input: GoldInput, at: PartitionBatch, record: LogRecord, from: Coordinate): void {
    this.#quarantined.push(
      quarantinedUnstorable(input, at, record, this.#context.unstorable as string, this.#context.now),
    );
    increment(this.#of(input, from).refused, 'unstorable');
  }

  #of(input: GoldInput, from: Coordinate): TableCounts {
    return this.#counts.of(input.table.name, from.flow, input.rules, from.partition);
  }

  /** The counts that rows of a flow go to; neighbours come from the same one, so they are looked up once for many. */
  #countsOf(input: RowsInput, { flow, partition }: Coordinate): RowCounts {
    const last = this.#last;
    if (last !== null && last.input === input && last.flow === flow && last.partition === partition) return last;
    const own = this.#counts.of(input.table.name, flow, input.rules, partition);
    const views = input.views.map((view) => this.#counts.of(view.name, flow, [], partition));
    this.#last = { input, flow, partition, own, views };
    return this.#last;
  }

  #copy(table: string, row: AnyRow): void {
    const rows = this.#copies.get(table);
    if (rows === undefined) this.#copies.set(table, [row]);
    else rows.push(row);
  }
}
