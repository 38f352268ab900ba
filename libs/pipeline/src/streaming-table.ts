import type { DurationMs } from '@medallion/core';
import type { Check } from './check.ts';
import type { StreamingTableDeclaration } from './declaration.ts';
import type { Columns, DerivedColumn, DerivedRow } from './derived-column.ts';
import type { EventTimeOptions } from './event-time-options.ts';
import type { AllChecks, ColumnChecks, NamedChecks, Narrowed, NarrowedAll, UnknownColumns } from './expectation.ts';
import type { FilesSource, ReadFromFile, SnapshotSource, Snapshotted } from './files-source.ts';
import type { CanTake, JoinedRow, JoinOptions, Taken } from './joined.ts';
import type { Applied, ChangeOptions, KeyedTable, KeyOf } from './keyed-table.ts';
import type { Action } from './plan.ts';
import type {
  ElementOf,
  Exploded,
  ExplodeOptions,
  ListColumn,
  NoClash,
  NoRenames,
  Omitted,
  Renames,
  Selected,
} from './row-shape.ts';
import type { Governed, Layered, StreamStorage } from './settings.ts';
import type { SnapshotTable } from './snapshot-table.ts';
import type { Ingested, TopicSource } from './source.ts';
import type { SqlCondition } from './sql.ts';
import { StreamingTableBuilder } from './streaming-table-builder.ts';
import type { ColumnName, DayColumn, DeclarationError, Extended, InstantColumn, OrderedColumn } from './types.ts';
import type { View } from './view.ts';

/** A named rule of which a row that breaks it is kept, with the rule's name: of one column, several, the row, or in SQL. */
export type Warn<R, Timed extends boolean> = {
  (name: string, condition: SqlCondition): StreamingTable<R, Timed>;
  (name: string, text: string, test: (row: R) => boolean): StreamingTable<R, Timed>;
  <C extends ColumnChecks<R>>(name: string, checks: C & UnknownColumns<R, C>): StreamingTable<R, Timed>;
  <K extends ColumnName<R>, Out>(
    name: string,
    column: K,
    check: Check<NonNullable<R[K]>, Out>,
  ): StreamingTable<R, Timed>;
};

/**
 * A named rule that rows must pass; the columns that it checks have the narrower type afterwards. All rules are judged
 * even when one is broken: a column that was rejected is null for the rules after it, and a rule that throws is broken.
 */
export type Block<R, Timed extends boolean> = {
  (name: string, condition: SqlCondition): StreamingTable<R, Timed>;
  (name: string, text: string, test: (row: R) => boolean): StreamingTable<R, Timed>;
  <C extends ColumnChecks<R>>(name: string, checks: C & UnknownColumns<R, C>): StreamingTable<NarrowedAll<R, C>, Timed>;
  <K extends ColumnName<R>, Out>(
    name: string,
    column: K,
    check: Check<NonNullable<R[K]>, Out>,
  ): StreamingTable<Narrowed<R, K, Out>, Timed>;
};

/** Several named rules at once: `{ valid_latitude: { latitude: between(-90, 90) }, … }`. */
export type BlockAll<R, Timed extends boolean> = <A extends NamedChecks<R>>(
  expectations: A & { readonly [N in keyof A]: UnknownColumns<R, A[N]> },
) => StreamingTable<NarrowedAll<R, AllChecks<A>>, Timed>;

/** As `BlockAll`, but narrows nothing. */
export type WarnAll<R, Timed extends boolean> = <A extends NamedChecks<R>>(
  expectations: A & { readonly [N in keyof A]: UnknownColumns<R, A[N]> },
) => StreamingTable<R, Timed>;

/**
 * An append-only table of rows `R`, kept as a Kafka topic. A value: each method returns another table and leaves this
 * one as it was. Expectations written one after the other are judged together, before one verdict.
 */
export interface StreamingTable<R, Timed extends boolean = false> extends Governed<R>, Layered {
  readonly name: string;
  readonly declaration: StreamingTableDeclaration;
  readonly $timed: Timed;

  /** How long the topic keeps records: 7 days by default. */
  retention(duration: DurationMs): this;
  /**
   * Keeps a copy in Postgres: with one partition a day, dropped when older than `retention`; without options as one table
   * of which nothing is dropped, for tables that stay small.
   */
  queryable(options?: { readonly partitionBy: DayColumn<R>; readonly retention: DurationMs }): this;
  /** How the topic is kept, and the copy in Postgres of a queryable table. */
  storage(options: StreamStorage<ColumnName<R>>): this;

  /** Keeps a row that breaks the rule, with the rule's name. Narrows and converts nothing. */
  readonly expect: Warn<R, Timed>;
  /** Drops a row that breaks the rule; rule and coordinates are recorded, the row is not. */
  readonly expectOrDrop: Block<R, Timed>;
  /** Moves a row that breaks the rule to quarantine, whole, with every rule that it broke. */
  readonly expectOrQuarantine: Block<R, Timed>;
  /** Stops the flow at a row that breaks the rule, before it is committed. */
  readonly expectOrFail: Block<R, Timed>;
  readonly expectAll: WarnAll<R, Timed>;
  readonly expectAllOrDrop: BlockAll<R, Timed>;
  readonly expectAllOrQuarantine: BlockAll<R, Timed>;
  readonly expectAllOrFail: BlockAll<R, Timed>;

  /**
   * An expectation in the words of SQL: `CONSTRAINT valid_amount EXPECT (amount > 0) ON VIOLATION DROP ROW`, or
   * `QUARANTINE ROW`, or `FAIL UPDATE`; without ON VIOLATION it warns. Narrows nothing.
   */
  constraint(text: string): StreamingTable<R, Timed>;

  /**
   * An expectation that no other row with this `by` came within that much event time. `warn` unless `action` says
   * otherwise. A null is unique. A table has one of `expectUnique` and `dedupe`.
   */
  expectUnique(
    name: string,
    options: Timed extends true
      ? { readonly by: ColumnName<R>; readonly within: DurationMs; readonly action?: Action }
      : DeclarationError<'this table has no event time: call .eventTime(column, { watermarkDelay }) first'>,
  ): StreamingTable<R, Timed>;
  /**
   * Stops the flow, as `expectOrFail` does, when more than that share of the rows of a window breaks an expectation that
   * was declared before: `failWhen('valid_amount', { moreThan: 0.05, of: minutes(5) })`. Windows of fewer rows than
   * `atLeast` (100 by default) say nothing.
   */
  failWhen(
    expectation: string,
    options: { readonly moreThan: number; readonly of: DurationMs; readonly atLeast?: number },
  ): StreamingTable<R, Timed>;

  /** Adds computed columns. */
  derive<D extends Record<string, DerivedColumn<unknown>>>(
    build: (c: Columns<R>) => D & {
      readonly [K in keyof D &
        keyof R]: DeclarationError<`column "${K & string}" exists already: derive it under another name`>;
    },
  ): StreamingTable<Extended<R, DerivedRow<D>>, Timed>;
  /**
   * Says when a row happened. The watermark trails the greatest event time by `watermarkDelay`; a row more than
   * `maxFutureSkew` (1 h by default) ahead of its ingestion is quarantined. With `closeWhenSilentFor`, windows that ended so
   * long ago by the clock are closed when all partitions are silent and nothing is under way; their rows say so in
   * `closed_by_clock`. Without it the last windows stay open until a later row comes.
   */
  eventTime(column: InstantColumn<R>, options: EventTimeOptions): StreamingTable<R, true>;
  /** Drops a row whose `by` was seen within that much event time. A null is never a duplicate. */
  dedupe(
    options: Timed extends true
      ? { readonly by: ColumnName<R>; readonly within: DurationMs }
      : DeclarationError<'this table has no event time: call .eventTime(column, { watermarkDelay }) first'>,
  ): StreamingTable<R, Timed>;
  /** Keeps the rows that pass; the others are no violation, they are only counted. */
  where(text: string, test: (row: R) => boolean): StreamingTable<R, Timed>;
  /** The same by a condition in SQL, which passes where it is true. */
  where(condition: SqlCondition): StreamingTable<R, Timed>;
  /** Keeps these columns only, in this order. */
  select<K extends ColumnName<R>>(...columns: readonly K[]): StreamingTable<Selected<R, K>, Timed>;
  /** Leaves columns out of the stored row. */
  omit<K extends ColumnName<R>>(...columns: readonly K[]): StreamingTable<Omitted<R, K>, Timed>;
  /** Makes a row of each element of a list; the other columns are repeated. An empty list or null makes none. */
  explode<
    K extends ListColumn<R>,
    const M extends Renames<ElementOf<R[K]>> = NoRenames,
    const P extends string = never,
  >(
    column: K & NoClash<R, K, M, P>,
    options?: ExplodeOptions<ElementOf<R[K]>, M, P>,
  ): StreamingTable<Exploded<R, K, M, P>, Timed>;

  /**
   * Looks each row up in a keyed table, as that is known when the row comes, and takes columns over. `latest`: the row
   * that counts now; `as of event time`: the version that was valid when the row happened. `left` keeps a row without a
   * match, with nulls; `inner` leaves it out. Both count it.
   */
  join<D, K extends string, const C extends Taken<D>, Type extends 'left' | 'inner'>(
    table: KeyedTable<D, K, 1 | 2>,
    options: JoinOptions<R, Timed, D, Exclude<K, '__START_AT'>, C, Type> & {
      readonly columns: CanTake<R, D, C>;
    },
  ): StreamingTable<Extended<R, JoinedRow<D, C, Type>>, Timed>;

  /**
   * Makes a table of one row a key of these rows, which are its changes: the row of the greatest sequence counts, in
   * whatever order they come. The expectations before it judge the changes; null keys and sequences are violations too.
   */
  applyChanges<
    K extends ColumnName<R>,
    S extends OrderedColumn<R>,
    Type extends 1 | 2 = 1,
    E extends Exclude<ColumnName<R>, K | S> = never,
  >(options: ChangeOptions<R, K, S, Type, E>): KeyedTable<Applied<R, K, S, Type, E>, KeyOf<K, Type>, Type>;
}

/** A streaming table that several flows may feed. */
export interface FedStreamingTable<R> extends StreamingTable<R> {
  /** Adds a flow; its rows have the columns of the first flow's. */
  appendFlow<D, Raw extends boolean>(
    name: string,
    source: TopicSource<D, Raw> & Brings<R, Ingested<D, Raw>>,
    options?: FlowOptions,
  ): FedStreamingTable<R>;
  appendFlow<D, Raw extends boolean>(
    name: string,
    source: FilesSource<D, Raw> & Brings<R, ReadFromFile<D, Raw>>,
    options?: FlowOptions,
  ): FedStreamingTable<R>;
  appendFlow<S extends R>(name: string, source: FlowSource<S>, options?: FlowOptions): FedStreamingTable<R>;
}

/** Refuses a flow whose rows are none of the table's. */
type Brings<R, S> = S extends R
  ? unknown
  : DeclarationError<'its rows have other columns than those of the first flow: read it into a table of its own first'>;

/** Tables that a flow of a streaming table may read. */
export type FlowSource<R> = StreamingTable<R, boolean> | View<R>;

/** What may be said of a flow. */
export type FlowOptions = {
  /** Ends for good once it has reached the end that its input had when it first began. */
  readonly once?: boolean;
};

/** A streaming table that does not say yet where its rows come from. */
export interface UnsourcedStreamingTable {
  comment(text: string): UnsourcedStreamingTable;
  /** Rows of a topic, as they arrived. */
  from<D, Raw extends boolean>(source: TopicSource<D, Raw>): StreamingTable<Ingested<D, Raw>>;
  /** Rows of files, as they were read. */
  from<D, Raw extends boolean>(source: FilesSource<D, Raw>): StreamingTable<ReadFromFile<D, Raw>>;
  /** A batch that replaces the one before: a table of one row a key. */
  from<D, K extends ColumnName<D>>(source: SnapshotSource<D, K>): SnapshotTable<Snapshotted<D, K>, K>;
  /** Rows of another table or view, each once. Its event time is not taken over. */
  from<R>(source: FlowSource<R>): StreamingTable<R>;
  /**
   * Rows of one of several sources, each flow with progress and counts of its own. The first flow says which columns the
   * table has; steps that are written after the flows are for all of them.
   */
  appendFlow<R>(name: string, source: FlowSource<R>, options?: FlowOptions): FedStreamingTable<R>;
  appendFlow<D, Raw extends boolean>(
    name: string,
    source: TopicSource<D, Raw>,
    options?: FlowOptions,
  ): FedStreamingTable<Ingested<D, Raw>>;
  appendFlow<D, Raw extends boolean>(
    name: string,
    source: FilesSource<D, Raw>,
    options?: FlowOptions,
  ): FedStreamingTable<ReadFromFile<D, Raw>>;
}

/**
 * Declares an append-only table. Its name is `snake_case` and unique in its pipeline.
 *
 * @example streamingTable('bronze_orders').from(topic('orders', { format: json(RawOrder), key: 'order_id' }))
 */
export const streamingTable = (name: string): UnsourcedStreamingTable =>
  // The builder knows no row types: they exist for the compiler only, and this is where they come in.
  new StreamingTableBuilder(StreamingTableBuilder.undeclared(name)) as unknown as UnsourcedStreamingTable;
