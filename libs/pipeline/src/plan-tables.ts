import type { DurationMs } from '@medallion/core';
import type { AnyRow, RowSchema } from '@medallion/schema';
import type { EventTimePlan, GovernancePlan, Layer, QueryablePlan, StoragePlan } from './plan-settings.ts';
import type { FlowPlan } from './plan-sources.ts';
import type { StepPlan } from './plan-steps.ts';

/** An append-only table, kept as a Kafka topic. */
export type StreamingTablePlan = {
  readonly kind: 'streaming_table';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  readonly topic: string;
  readonly quarantineTopic: string;
  /** At least one. */
  readonly flows: readonly FlowPlan[];
  /** The column that a record's key holds; null when rows keep no such column. */
  readonly key: string | null;
  /** The rows as they are stored in `topic`. */
  readonly schema: RowSchema;
  readonly eventTime: EventTimePlan | null;
  readonly queryable: QueryablePlan | null;
  /** How long the topic keeps records. */
  readonly retentionMs: DurationMs;
  readonly storage: StoragePlan;
  readonly governance: GovernancePlan;
  readonly version: number;
  readonly hash: string;
};

/** A selection of a streaming table that is declared once and never stored: flows that read it take its steps over. */
export type ViewPlan = {
  readonly kind: 'view';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  /** The streaming table or view that it reads. */
  readonly source: string;
  readonly steps: readonly StepPlan[];
  readonly schema: RowSchema;
  readonly version: number;
  readonly hash: string;
};

/** Which rows of a keyed table delete: text for people and the test. */
export type DeletesPlan = { readonly text: string; readonly test: (row: AnyRow) => boolean };

/**
 * A table with one row a key (slowly changing dimension type 1) or one row a key and validity (type 2), made of changes
 * by key and sequence. Kept as a compacted changelog topic, and as a table in Postgres.
 */
export type KeyedTablePlan = {
  readonly kind: 'keyed_table';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  /** `<pipeline>.<table>.changelog`; what a record in it means is in the runtime's protocol/changelog.ts. */
  readonly changelogTopic: string;
  readonly quarantineTopic: string;
  /** Where the changes come from: a streaming table keyed by `keys`, or a snapshot. */
  readonly flow: FlowPlan;
  readonly keys: readonly string[];
  /** The column whose greater value is the later change; null for a snapshot, whose states follow one another. */
  readonly sequenceBy: string | null;
  readonly deletes: DeletesPlan | null;
  readonly storedAs: 1 | 2;
  /** Type 2: the columns of which a new value makes a new version; others are only kept up to date in it. */
  readonly tracked: readonly string[];
  /** How long a deleted key is remembered, so that an older change cannot bring it back. */
  readonly tombstoneRetentionMs: DurationMs;
  /** The rows as users see them: with `__START_AT` and `__END_AT` for type 2. */
  readonly schema: RowSchema;
  readonly storage: StoragePlan;
  readonly governance: GovernancePlan;
  readonly version: number;
  readonly hash: string;
};

/**
 * The changes of a keyed table or relational view, from its version 0 on, one row for each: the columns of the table and
 * those of CHANGE. Kept in Postgres, written by the commit that makes the change.
 */
export type ChangeFeedPlan = {
  readonly kind: 'change_feed';
  readonly name: string;
  readonly layer: Layer;
  readonly comment: string | null;
  readonly source: string;
  readonly schema: RowSchema;
  readonly version: number;
  readonly hash: string;
};
