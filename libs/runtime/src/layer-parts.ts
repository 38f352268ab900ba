import type { Clock, DurationMs, Log, Metrics, Tracer } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import type { FlowDecisions } from './decisions/flow-decisions.ts';
import type { FileSource, RecordLog, RowCodecs, TableStore } from './ports/index.ts';
import type { Progress } from './progress.ts';
import type { DimensionTables } from './streaming/dimension-tables.ts';
import type { Condition } from './supervise.ts';
import type { Timer } from './timer.ts';

/** How a layer runs; every bound of it in one place. */
export type LayerSettings = {
  /** The longest wait for more records in a fetch, in milliseconds: latency against requests. */
  readonly fetchWaitMs: number;
  /** Bytes of one partition in one round. */
  readonly maxBatchBytes: number;
  readonly sessionTimeoutMs: number;
  readonly tickMs: number;
  /** How often a folder of files is looked at; a second when absent. */
  readonly discoverEveryMs?: number;
  readonly checkpointEveryMs: number;
  /** How long a partition must be silent to no longer hold back a watermark. */
  readonly idleTimeoutMs: DurationMs;
  /** Of each flow so many instances work at the same time, as the plan says; absent: all that there are. */
  readonly maxWorkers?: number;
  /** Every flow ends once it has processed what was there at its start; absent: they run until they are stopped. */
  readonly until?: 'caught up';
};

/** What a layer runs on. */
export type LayerParts = {
  readonly plan: PipelinePlan;
  readonly log: RecordLog;
  readonly codecs: RowCodecs;
  /** For the gold layer. */
  readonly store?: TableStore;
  /** For flows that read files. */
  readonly files?: FileSource;
  /** Names this instance. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: Metrics;
  /** Where the way of followed records is reported; absent: none is followed. */
  readonly tracer?: Tracer;
  /** One per flow. */
  readonly progress: (flow: string) => Progress;
  readonly report: (flow: string, condition: Condition) => void;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Timers that bound how long something may take; those of the process when absent. */
  readonly timer?: Timer;
  readonly settings: LayerSettings;
};

/** What one flow runs on: the parts of its layer, and what the layer keeps for it. */
export type FlowParts = LayerParts & {
  /** The keyed tables that rows are joined with; one for all flows of the layer. */
  readonly dimensions: DimensionTables;
  /** What people decided about this flow. */
  readonly decisions: FlowDecisions;
};
