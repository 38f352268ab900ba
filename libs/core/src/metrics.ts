import type { Instant } from './time.ts';

/** Who a metric speaks of: one table of one pipeline. Both come from the plan, so their number is bounded. */
export type FlowLabels = Readonly<{ pipeline: string; table: string }>;

/**
 * The live counts of one flow. Asked for once per flow and kept: the labels are resolved then, not per call.
 * Every method is called once per batch, never per record; durations are in seconds, the base unit of metrics.
 * These figures start again with the process. The exact ones are computed from the data.
 */
export interface FlowMetrics {
  recordsIn(count: number): void;
  recordsOut(count: number): void;
  /** `reason` is one of a fixed list (violation, unparseable, late, duplicate, future …), never text of a record. */
  quarantined(reason: string, count: number): void;
  dropped(count: number): void;
  late(count: number): void;
  /** Rows that a condition left out, and records whose list had no element: they leave no trace. */
  filtered(count: number): void;
  /** Rows that found no match in a join, kept with nulls or left out. */
  unmatched(count: number): void;
  /** Records that were gone before they were read, and that a person had the flow pass over. */
  lost(count: number): void;
  expectation(name: string, result: 'passed' | 'failed', count: number): void;
  /** From the first record of a batch in hand until it is committed. */
  batchSeconds(seconds: number): void;
  commitSeconds(seconds: number): void;
  /** From event or ingestion until visible, one value per record of a batch; the recorder bounds its own work. */
  latencySeconds(values: ArrayLike<number>): void;
  /** An instant that means "none yet" is not reported. */
  watermark(topic: string, partition: number, instant: Instant): void;
  lag(topic: string, partition: number, records: number, seconds: number): void;
  /** Stops reporting watermark and lag of a partition that this process no longer owns. */
  forget(topic: string, partition: number): void;
  stateEntries(count: number): void;
  leaseLost(): void;
  restarted(): void;
  /** Whether the flow has joined its group and works: false while it starts, waits to be started again, or is stopped. */
  running(up: boolean): void;
}

/** Where the engine reports its live counts. */
export interface Metrics {
  /** The handle of one flow; the same labels give the same handle. */
  flow(labels: FlowLabels): FlowMetrics;
}

const ignoring: FlowMetrics = {
  recordsIn() {},
  recordsOut() {},
  quarantined() {},
  dropped() {},
  late() {},
  filtered() {},
  unmatched() {},
  lost() {},
  expectation() {},
  batchSeconds() {},
  commitSeconds() {},
  latencySeconds() {},
  watermark() {},
  lag() {},
  forget() {},
  stateEntries() {},
  leaseLost() {},
  restarted() {},
  running() {},
};

/** Reports nothing; for tests and tools without a `/metrics` endpoint. */
export const noMetrics: Metrics = { flow: () => ignoring };
