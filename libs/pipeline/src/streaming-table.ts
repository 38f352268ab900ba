import type { DurationMs } from '@medallion/core';
import type { Check } from './check.ts';
import type { StreamingTableDeclaration } from './declaration.ts';
import type { Columns, DerivedColumn, DerivedRow } from './derived-column.ts';
import type { AllChecks, ColumnChecks, NamedChecks, Narrowed, NarrowedAll, UnknownColumns } from './expectation.ts';
import type { Ingested, TopicSource } from './source.ts';
import { StreamingTableBuilder } from './streaming-table-builder.ts';
import type { ColumnName, DayColumn, DeclarationError, Extended, InstantColumn, Typed } from './types.ts';

/** A named rule of which a row that breaks it is kept, with the rule's name. Three forms: one column, several, the row. */
export type Warn<R, Timed extends boolean> = {
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
export interface StreamingTable<R, Timed extends boolean = false> extends Typed<R> {
  readonly name: string;
  readonly declaration: StreamingTableDeclaration;
  readonly $timed: Timed;

  /** What the table holds, for the catalog. */
  comment(text: string): StreamingTable<R, Timed>;
  /** Raise it when the meaning of a function changed: functions are opaque to the table's hash. 1 by default. */
  version(n: number): StreamingTable<R, Timed>;
  /** How long the topic keeps records: 7 days by default. */
  retention(duration: DurationMs): StreamingTable<R, Timed>;
  /** Keeps a copy in Postgres, one partition a day, dropped when older than `retention`. */
  queryable(options: { readonly partitionBy: DayColumn<R>; readonly retention: DurationMs }): StreamingTable<R, Timed>;

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

  /** Adds computed columns. */
  derive<D extends Record<string, DerivedColumn<unknown>>>(
    build: (c: Columns<R>) => D & {
      readonly [K in keyof D &
        keyof R]: DeclarationError<`column "${K & string}" exists already: derive it under another name`>;
    },
  ): StreamingTable<Extended<R, DerivedRow<D>>, Timed>;
  /**
   * Says when a row happened. The watermark trails the greatest event time by `watermarkDelay`; a row more than
   * `maxFutureSkew` (1 h by default) ahead of its ingestion is quarantined.
   */
  eventTime(
    column: InstantColumn<R>,
    options: { readonly watermarkDelay: DurationMs; readonly maxFutureSkew?: DurationMs },
  ): StreamingTable<R, true>;
  /** Drops a row whose `by` was seen within that much event time. A null is never a duplicate. */
  dedupe(
    options: Timed extends true
      ? { readonly by: ColumnName<R>; readonly within: DurationMs }
      : DeclarationError<'this table has no event time: call .eventTime(column, { watermarkDelay }) first'>,
  ): StreamingTable<R, Timed>;
  /** Keeps the rows that pass; the others are no violation, they are only counted. */
  where(text: string, test: (row: R) => boolean): StreamingTable<R, Timed>;
  /** Leaves columns out of the stored row. */
  omit<K extends ColumnName<R>>(...columns: readonly K[]): StreamingTable<Omitted<R, K>, Timed>;
}

type Omitted<R, K> = { readonly [P in keyof R as P extends K ? never : P]: R[P] };

/** A streaming table that does not say yet where its rows come from. */
export interface UnsourcedStreamingTable {
  comment(text: string): UnsourcedStreamingTable;
  /** Rows of a topic, as they arrived. */
  from<D>(source: TopicSource<D>): StreamingTable<Ingested<D>>;
  /** Rows of another table, each once. Its event time is not taken over. */
  from<R>(source: StreamingTable<R, boolean>): StreamingTable<R>;
}

/**
 * Declares an append-only table. Its name is `snake_case` and unique in its pipeline.
 *
 * @example streamingTable('bronze_orders').from(topic('orders', { format: json(RawOrder), key: 'order_id' }))
 */
export const streamingTable = (name: string): UnsourcedStreamingTable =>
  // The builder knows no row types: they exist for the compiler only, and this is where they come in.
  new StreamingTableBuilder(name) as unknown as UnsourcedStreamingTable;
