import { type FlowLabels, type FlowMetrics, type Metrics, NEVER } from '@medallion/core';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { BucketedHistogram } from './bucketed-histogram.ts';
import { addOwnMetric, type OwnMetric } from './own-metric.ts';
import { type Series, scraped } from './scraped.ts';

/** The metrics of one service: the engine's port, and the text that `/metrics` serves. */
export type ServiceMetrics = Metrics & {
  readonly contentType: string;
  /** Adds a metric of this service alone; once for each name. */
  own(metric: OwnMetric): void;
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
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    scraped({ kind: 'counter', name: `medallion_${name}`, help, labelNames, registry });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    scraped({ kind: 'gauge', name: `medallion_${name}`, help, labelNames, registry });
  const histogram = (name: string, help: string, bounds: readonly number[]) =>
    new BucketedHistogram({ name: `medallion_${name}`, help, bounds, registry });
  return {
    recordsIn: counter('records_in_total', 'Records read from the input of a table', ofTable),
    recordsOut: counter('records_out_total', 'Rows written to a table', ofTable),
    quarantined: counter('records_quarantined_total', 'Records put in quarantine', [...ofTable, 'reason']),
    dropped: counter('records_dropped_total', 'Rows dropped by an expectation', ofTable),
    late: counter('records_late_total', 'Rows that came after their windows were closed', ofTable),
    filtered: counter('rows_filtered_total', 'Rows that a condition left out, and records without elements', ofTable),
    unmatched: counter('rows_unmatched_total', 'Rows that found no match in a join', ofTable),
    lost: counter('records_lost_total', 'Records that were gone unread, and passed over as a person decided', ofTable),
    expectations: counter('expectation_results_total', 'Verdicts of an expectation', [
      ...ofTable,
      'expectation',
      'result',
    ]),
    batch: histogram('batch_seconds', 'From the first record of a batch in hand until its commit', SHORT_BOUNDS),
    commit: histogram('commit_seconds', 'Time of one commit', SHORT_BOUNDS),
    latency: histogram(
      'end_to_end_latency_seconds',
      "From a record's own timestamp (a file's time of change) until its rows are visible: one hop",
      LATENCY_BOUNDS,
    ),
    watermark: gauge('watermark_seconds', 'Watermark of a partition, in seconds since 1970', ofPartition),
    lagRecords: gauge('consumer_lag_records', 'Records of a partition that are not committed yet', ofPartition),
    lagSeconds: gauge('consumer_lag_seconds', 'Age of the oldest record that is not committed yet', ofPartition),
    state: gauge('state_entries', 'Entries that the operators of a table hold in memory', ofTable),
    leaseLost: counter('lease_lost_total', 'Batches dropped because another instance had taken over', ofTable),
    restarts: counter('flow_restarts_total', 'Times that a flow went back to its checkpoint', ofTable),
    flowUp: gauge(
      'flow_up',
      '1 while a flow works; 0 while it starts, is started again, or waits for a person',
      ofTable,
    ),
    buildInfo: gauge('build_info', 'Always 1; the labels say what runs', ['version', 'service', 'node']),
  };
}

type Instruments = ReturnType<typeof instruments>;

const add = (series: Series, count: number): void => {
  series.value = (series.value ?? 0) + count;
};

/** Watermark and lag per partition; a partition that is forgotten leaves no series behind. */
function partitionMetrics(to: Instruments, flow: FlowLabels): Pick<FlowMetrics, 'watermark' | 'lag' | 'forget'> {
  const gauges = [to.watermark, to.lagRecords, to.lagSeconds] as const;
  const partitions = new Map<string, readonly [Series, Series, Series]>();
  const seriesOf = (topic: string, partition: number) => {
    const key = `${topic}/${partition}`;
    let series = partitions.get(key);
    if (series === undefined) {
      const labels = { ...flow, topic, partition };
      series = [gauges[0].series(labels), gauges[1].series(labels), gauges[2].series(labels)];
      partitions.set(key, series);
    }
    return series;
  };
  return {
    watermark(topic, partition, instant) {
      if (instant !== NEVER) seriesOf(topic, partition)[0].value = instant / 1_000;
    },
    lag(topic, partition, records, seconds) {
      const series = seriesOf(topic, partition);
      series[1].value = records;
      series[2].value = seconds;
    },
    forget(topic, partition) {
      const key = `${topic}/${partition}`;
      partitions.get(key)?.forEach((series, i) => {
        gauges[i]?.remove(series);
      });
      partitions.delete(key);
    },
  };
}

function flowMetrics(to: Instruments, { pipeline, table }: FlowLabels): FlowMetrics {
  const labels = { pipeline, table };
  const quarantined = bounded(MAX_REASONS, 'other', (reason) => to.quarantined.series({ ...labels, reason }));
  // the plan bounds the number of expectations
  const verdicts = bounded(Number.POSITIVE_INFINITY, 'other', (expectation) => ({
    passed: to.expectations.series({ ...labels, expectation, result: 'passed' }),
    failed: to.expectations.series({ ...labels, expectation, result: 'failed' }),
  }));
  const recordsIn = to.recordsIn.series(labels);
  const recordsOut = to.recordsOut.series(labels);
  const dropped = to.dropped.series(labels);
  const late = to.late.series(labels);
  const filtered = to.filtered.series(labels);
  const unmatched = to.unmatched.series(labels);
  const lost = to.lost.series(labels);
  const leaseLost = to.leaseLost.series(labels);
  const restarts = to.restarts.series(labels);
  const state = to.state.series(labels);
  const flowUp = to.flowUp.series(labels);
  return {
    recordsIn: (count) => add(recordsIn, count),
    recordsOut: (count) => add(recordsOut, count),
    quarantined: (reason, count) => add(quarantined(reason), count),
    dropped: (count) => add(dropped, count),
    late: (count) => add(late, count),
    filtered: (count) => add(filtered, count),
    unmatched: (count) => add(unmatched, count),
    lost: (count) => add(lost, count),
    expectation: (name, result, count) => add(verdicts(name)[result], count),
    batchSeconds: to.batch.series(labels).observe,
    commitSeconds: to.commit.series(labels).observe,
    latencySeconds: to.latency.series(labels).observeAll,
    ...partitionMetrics(to, labels),
    stateEntries(count) {
      state.value = count;
    },
    leaseLost: () => add(leaseLost, 1),
    restarted: () => add(restarts, 1),
    running(up) {
      flowUp.value = up ? 1 : 0;
    },
  };
}

function addReadiness(registry: Registry, ready: () => boolean): void {
  new Gauge({
    name: 'medallion_ready',
    help: '1 while /readyz answers 200, else 0',
    registers: [registry],
    collect() {
      this.set(ready() ? 1 : 0);
    },
  });
}

/** A metric as it is exported, whether it has a value yet or not. */
export type DeclaredMetric = {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
  readonly labels: readonly string[];
};

/**
 * Every metric that a service exports, by name: what rules and dashboards may be written with.
 *
 * @example declaredMetrics().map(({ name }) => name).includes('medallion_flow_up') // true
 */
export function declaredMetrics(): readonly DeclaredMetric[] {
  const registry = new Registry();
  createMetrics({ service: '', version: '', registry, ready: () => false });
  return registry
    .getMetricsAsArray()
    .map(({ name, type, help, ...more }) => {
      // prom-client keeps the names of labels, but not in its types
      const { labelNames = [] } = more as { labelNames?: readonly string[] };
      return { name, kind: String(type), help, labels: [...labelNames] };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The metrics of a service in Prometheus' format, with those of its process. Handles are made once per flow and their
 * labels resolved then; all calls are per batch.
 *
 * @example
 * const metrics = createMetrics({ service: 'silver-enrich', version: '0.1.0' })
 * metrics.flow({ pipeline: 'santa-deliveries', table: 'silver_santa_deliveries' }).recordsIn(500)
 */
export function createMetrics(options: {
  service: string;
  version: string;
  registry?: Registry;
  /** Asked at each scrape: what `/readyz` says. Absent: there is no `medallion_ready`. */
  ready?: () => boolean;
}): ServiceMetrics {
  const registry = options.registry ?? new Registry();
  // at the default of 10 ms the timer behind nodejs_eventloop_lag_* costs 0.5 % of a core; the interval is its floor
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const to = instruments(registry);
  if (options.ready !== undefined) addReadiness(registry, options.ready);
  to.buildInfo.series({ version: options.version, service: options.service, node: process.version }).value = 1;
  const flows = new Map<string, FlowMetrics>();
  return {
    contentType: registry.contentType,
    own: (metric) => addOwnMetric(registry, metric),
    text: () => registry.metrics(),
    flow(labels) {
      const key = `${labels.pipeline}/${labels.table}`;
      const known = flows.get(key) ?? flowMetrics(to, labels);
      flows.set(key, known);
      return known;
    },
  };
}
