import { type Instant, instant } from '@medallion/core';
import type { Layer, PipelinePlan } from '@medallion/pipeline';
import type { Sample } from '@medallion/service';

/** What a service's metrics say of its part of a pipeline; null where they do not say it. */
export type StageNumbers = {
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  /** The least of its partitions. */
  readonly watermark: Instant | null;
};

/**
 * The tables that a layer's throughput is told by: those that its flows write, and for gold those that views over windows
 * read, and the keyed ones, of which all other views are made. A streaming table of gold is written by the silver service.
 */
export function tablesOf(plan: PipelinePlan, layer: Layer): ReadonlySet<string> {
  const names = plan.tables.flatMap((table): readonly string[] => {
    switch (table.kind) {
      case 'materialized_view':
        return layer === 'gold' ? [table.source] : [];
      case 'keyed_table':
        return layer === 'gold' || layer === writerOf(table.layer) ? [table.name] : [];
      case 'streaming_table':
        return layer === writerOf(table.layer) ? [table.name] : [];
      default:
        return [];
    }
  });
  return new Set(names);
}

const writerOf = (layer: Layer): Layer => (layer === 'bronze' ? 'bronze' : 'silver');

/** Reads the numbers of one service out of its metrics. */
export function stageNumbers(samples: readonly Sample[], plan: PipelinePlan, layer: Layer): StageNumbers {
  const tables = tablesOf(plan, layer);
  const ofPipeline = samples.filter(({ labels }) => labels.pipeline === plan.name);
  const values = (name: string, everyTable = false): number[] =>
    ofPipeline
      .filter((each) => each.name === name && (everyTable || tables.has(each.labels.table ?? '')))
      .map(({ value }) => value);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
  // Lag of everything that the service reads: quarantine and copies count as well.
  const lag = values('medallion_consumer_lag_records', true);
  const watermarks = values('medallion_watermark_seconds');
  return {
    recordsIn: sum(values('medallion_records_in_total')),
    recordsOut: sum(values('medallion_records_out_total')),
    lagRecords: lag.length === 0 ? null : sum(lag),
    lagSeconds: lag.length === 0 ? null : Math.max(...values('medallion_consumer_lag_seconds', true)),
    watermark: watermarks.length === 0 ? null : instant(Math.min(...watermarks) * 1000),
  };
}
