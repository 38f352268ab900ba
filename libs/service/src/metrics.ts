import { type FlowLabels, type FlowMetrics, type Instant, type Metrics, NEVER } from '@medallion/core';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { BucketedHistogram } from './bucketed-histogram.ts';

/** The metrics of one service: the engine's port, and the text that `/metrics` serves. */
export type ServiceMetrics = Metrics & {
  readonly contentType: string;
  /** Everything in Prometheus' text format. */
  text(): Promise<string>;
};

const SHORT_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LATENCY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10, 30, 60];

/** A reason beyond this many per table is counted as `other`: a label must never grow with the data. */
const MAX_REASONS = 32;

const ofTable = ['pipeline', 'table'] as const;
const ofPartition = ['pipeline', 'table', 'topic', 'partition'] as const;

/** Keeps what was made for a key; a key beyond the bound gets what `overflow` has. */
function bounded<V>(limit: number, overflow: string, make: (key: string) => V): (key: string) => V {
  const made = new Map<string, V>();
  const get = (key: string): V => {
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= limit && key !== overflow) return get(overflow);
    const value = make(key);
    made.set(key, value);
    return value;
  };
  return get;
}

function instruments(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `medallion_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `medallion_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, bounds: readonly number[]) =>
    new BucketedHistogram({ name: `medallion_${name}`, help, bounds, registry });
  return {
    recordsIn: counter('records_in_total', 'Records read from the input of a table', ofTable),
    recordsOut: counter('records_out_total', 'Rows written to a table', ofTable),
    quarantined: counter('records_quarantined_total', 'Records put in quarantine', [...ofTable, 'reason']),
    dropped: counter('records_dropped_total', 'Rows dropped by an expectation', ofTable),
    late: counter('records_late_total', 'Rows that came after their windows were closed', ofTable),
    expectations: counter('expectation_results_total', 'Verdicts of an expectation', [
      ...ofTable,
      'expectation',
      'result',
    ]),
    batch: histogram('batch_seconds', 'From the first record of a batch in hand until its commit', SHORT_BOUNDS),
    commit: histogram('commit_seconds', 'Time of one commit', SHORT_BOUNDS),
    latency: histogram('end_to_end_latency_seconds', 'From the event until its row is visible', LATENCY_BOUNDS),
    watermark: gauge('watermark_seconds', 'Watermark of a partition, in seconds since 1970', ofPartition),
    lagRecords: gauge('consumer_lag_records', 'Records of a partition that are not committed yet', ofPartition),
    lagSeconds: gauge('consumer_lag_seconds', 'Age of the oldest record that is not committed yet', ofPartition),
    state: gauge('state_entries', 'Entries that the operators of a table hold in memory', ofTable),
    leaseLost: counter('lease_lost_total', 'Batches dropped because another instance had taken over', ofTable),
    restarts: counter('flow_restarts_total', 'Times that a flow went back to its checkpoint', ofTable),
    buildInfo: gauge('build_info', 'Always 1; the labels say what runs', ['version', 'service', 'node']),
  };
}

type Instruments = ReturnType<typeof instruments>;

/** The three gauges of one partition, bound once. */
function partitionGauges(to: Instruments, labels: FlowLabels & { topic: string; partition: number }) {
  const bound = {
    watermark: to.watermark.labels(labels),
    records: to.lagRecords.labels(labels),
    seconds: to.lagSeconds.labels(labels),
  };
  const remove = (): void => {
    for (const gauge of [to.watermark, to.lagRecords, to.lagSeconds]) gauge.remove(labels);
  };
  return { ...bound, remove };
}

function flowMetrics(to: Instruments, { pipeline, table }: FlowLabels): FlowMetrics {
  const labels = { pipeline, table };
  const quarantined = bounded(MAX_REASONS, 'other', (reason) => to.quarantined.labels({ ...labels, reason }));
  const verdicts = new Map<string, Record<'passed' | 'failed', { inc(count: number): void }>>();
  const partitions = new Map<string, ReturnType<typeof partitionGauges>>();
  const partitionOf = (topic: string, partition: number) => {
    const key = `${topic}/${partition}`;
    const known = partitions.get(key) ?? partitionGauges(to, { ...labels, topic, partition });
    partitions.set(key, known);
    return known;
  };
  const counters = {
    in: to.recordsIn.labels(labels),
    out: to.recordsOut.labels(labels),
    dropped: to.dropped.labels(labels),
    late: to.late.labels(labels),
    leaseLost: to.leaseLost.labels(labels),
    restarts: to.restarts.labels(labels),
  };
  // a counter that exists only after its first event hides that event from rate()
  for (const counter of Object.values(counters)) counter.inc(0);
  const state = to.state.labels(labels);
  const batch = to.batch.series(labels);
  const commit = to.commit.series(labels);
  const latency = to.latency.series(labels);
  return {
    recordsIn: (count) => counters.in.inc(count),
    recordsOut: (count) => counters.out.inc(count),
    quarantined: (reason, count) => quarantined(reason).inc(count),
    dropped: (count) => counters.dropped.inc(count),
    late: (count) => counters.late.inc(count),
    expectation(name, result, count) {
      let bound = verdicts.get(name);
      if (bound === undefined) {
        const of = (verdict: 'passed' | 'failed') =>
          to.expectations.labels({ ...labels, expectation: name, result: verdict });
        bound = { passed: of('passed'), failed: of('failed') };
        bound.passed.inc(0);
        bound.failed.inc(0);
        verdicts.set(name, bound);
      }
      bound[result].inc(count);
    },
    batchSeconds: batch.observe,
    commitSeconds: commit.observe,
    latencySeconds: latency.observeAll,
    watermark(topic, partition, instant: Instant) {
      if (instant !== NEVER) partitionOf(topic, partition).watermark.set(instant / 1_000);
    },
    lag(topic, partition, records, seconds) {
      const gauges = partitionOf(topic, partition);
      gauges.records.set(records);
      gauges.seconds.set(seconds);
    },
    forget(topic, partition) {
      const key = `${topic}/${partition}`;
      partitions.get(key)?.remove();
      partitions.delete(key);
    },
    stateEntries: (count) => state.set(count),
    leaseLost: () => counters.leaseLost.inc(),
    restarted: () => counters.restarts.inc(),
  };
}

/**
 * The metrics of a service in Prometheus' format, with those of its process. Handles are made once per flow and their
 * labels resolved then; all calls are per batch.
 *
 * @example
 * const metrics = createMetrics({ service: 'silver-enrich', version: '0.1.0' })
 * metrics.flow({ pipeline: 'santa-deliveries', table: 'silver_santa_deliveries' }).recordsIn(500)
 */
export function createMetrics(options: { service: string; version: string; registry?: Registry }): ServiceMetrics {
  const registry = options.registry ?? new Registry();
  collectDefaultMetrics({ register: registry });
  const to = instruments(registry);
  to.buildInfo.set({ version: options.version, service: options.service, node: process.version }, 1);
  const flows = new Map<string, FlowMetrics>();
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    flow(labels) {
      const key = `${labels.pipeline}/${labels.table}`;
      const known = flows.get(key) ?? flowMetrics(to, labels);
      flows.set(key, known);
      return known;
    },
  };
}
