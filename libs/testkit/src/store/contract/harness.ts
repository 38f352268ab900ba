import { type Instant, NEVER } from '@medallion/core';
import { SessionAggregate, WindowAggregate, windowStarts } from '@medallion/operators';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import {
  type CountDelta,
  type Delta,
  emptyCommit,
  type GoldCommit,
  type LateRow,
  type Lease,
  type LeaseStep,
  type QuarantinedRow,
  type TableStore,
} from '@medallion/runtime';
import type { AnyRow, Value } from '@medallion/schema';

/** A database for one pipeline, and a look at what is in it. */
export type StoreHarness = {
  /** A store on the database, migrated to its plan or another one of its name. */
  open(plan?: PipelinePlan): Promise<TableStore>;
  /** The rows of a view as its readers see them, without `updated_at`. */
  rows(view: string): Promise<readonly AnyRow[]>;
  /** The rows of a queryable copy: the declared columns, and those named beside them. */
  copied(table: string, beside?: readonly string[]): Promise<readonly AnyRow[]>;
  quarantined(): Promise<readonly QuarantinedRow[]>;
  late(): Promise<readonly LateRow[]>;
  counts(): Promise<readonly CountDelta[]>;
  leases(): Promise<readonly Lease[]>;
  /** The next commit of any store that is opened from now on is applied, and its reply lost. */
  loseNextReply(): void;
  /** Makes the database as new, of the same plan: cheaper than another one, where there is this. No store is open. */
  empty?(): Promise<void>;
  close(): Promise<void>;
};

/** Makes an empty database for the pipeline. */
export type MakeHarness = (plan: PipelinePlan) => Promise<StoreHarness>;

/** 2026-12-24T18:00Z */
export const START = 1_798_135_200_000 as Instant;
export const MINUTE = 60_000;

/** A row of the contract's source table. */
export const eventRow = (columns: AnyRow): AnyRow => ({
  id: 'e',
  region: 'Europe',
  member: 'm',
  amount: 1,
  size: 0.5,
  small: 1,
  flag: true,
  at: START,
  day: 20_811,
  kind: 'a',
  price: 0.1,
  items: null,
  event_time: START,
  doubled: 1,
  ...columns,
});

/** What a batch of rows changes in a view. */
export function deltasOf(view: MaterializedViewPlan, rows: readonly AnyRow[]): readonly Delta[] {
  const { window } = view;
  const groupBy = view.groupBy.map((field) => field.name);
  if (window.kind === 'session') {
    const sessions = new SessionAggregate<Value>({ gapMs: window.gapMs, groupBy, aggregates: view.aggregates });
    for (const row of rows) sessions.add(row.event_time as Instant, row);
    return sessions.deltas();
  }
  const aggregate = new WindowAggregate<Value>({
    sizeMs: window.sizeMs,
    groupBy,
    aggregates: view.aggregates,
  });
  for (const row of rows)
    for (const start of windowStarts(window, row.event_time as Instant)) aggregate.add(start, row);
  return aggregate.deltas();
}

export const viewsOf = (plan: PipelinePlan): readonly MaterializedViewPlan[] =>
  plan.tables.filter((table) => table.kind === 'materialized_view');

/** A commit that moves a lease on by the number of rows, and merges the rows into all views. */
export function commitOf(
  plan: PipelinePlan,
  lease: Lease,
  rows: readonly AnyRow[],
  parts: Partial<GoldCommit> & { readonly state?: Partial<Lease['state']> } = {},
): GoldCommit {
  const { state, ...rest } = parts;
  return {
    ...emptyCommit,
    leases: [stepOf(lease, rows.length, state)],
    deltas: new Map(viewsOf(plan).map((view) => [view.name, deltasOf(view, rows)])),
    ...rest,
  };
}

export const stepOf = (lease: Lease, records: number, state: Partial<Lease['state']> = {}): LeaseStep => ({
  topic: lease.topic,
  partition: lease.partition,
  epoch: lease.epoch,
  from: lease.next,
  next: lease.next + records,
  state: { ...lease.state, ...state },
});

/** The lease as it is after a commit that moved it on by `records`. */
export const after = (lease: Lease, records: number, state: Partial<Lease['state']> = {}): Lease => ({
  ...lease,
  next: lease.next + records,
  state: { ...lease.state, ...state },
});

export const freshState: Lease['state'] = { watermark: NEVER, coordinates: {}, idle: false };

/** Rows in an order of their own, for comparison. */
export const inOrder = (rows: readonly AnyRow[]): readonly AnyRow[] =>
  rows
    .map((row) => [JSON.stringify(Object.values(row)), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);
