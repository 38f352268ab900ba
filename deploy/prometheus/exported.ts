import { declaredMetrics } from '@medallion/service';
import { namedIn } from './promql.ts';
import { recordingRules } from './rules.ts';

/** What Prometheus puts on every series that it scrapes. */
const TARGET = ['job', 'instance'];

/** What does not come from the services: Prometheus itself, and the exporters of the machines (see the rules). */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
  node_filesystem_avail_bytes: ['fstype', 'mountpoint', 'device'],
  node_filesystem_size_bytes: ['fstype', 'mountpoint', 'device'],
  kubelet_volume_stats_available_bytes: ['persistentvolumeclaim', 'namespace'],
  kubelet_volume_stats_capacity_bytes: ['persistentvolumeclaim', 'namespace'],
};

/** The labels of every series that there is, by its name: of the services, of the recording rules, and from elsewhere. */
export function exportedSeries(): ReadonlyMap<string, readonly string[]> {
  const series = new Map<string, readonly string[]>();
  for (const { name, kind, labels } of declaredMetrics()) {
    const all = [...labels, ...TARGET];
    if (kind !== 'histogram') series.set(name, all);
    else {
      series.set(`${name}_bucket`, [...all, 'le']);
      for (const part of ['sum', 'count']) series.set(`${name}_${part}`, all);
    }
  }
  for (const [name, labels] of Object.entries(ELSEWHERE)) series.set(name, [...labels, ...TARGET]);
  // A recorded series can have no label but those of what it is made of, and its own.
  for (const { record, expr, labels } of recordingRules()) {
    const from = namedIn(expr);
    const made = from.metrics.flatMap(({ name }) => series.get(name) ?? []);
    const written = [...expr.matchAll(/label_replace\([^"]*"(\w+)"/g)].map((match) => match[1]!);
    const known = series.get(record) ?? [];
    series.set(record, [...new Set([...known, ...made, ...written, ...Object.keys(labels ?? {})])]);
  }
  return series;
}

/** What an expression names that nobody exports; empty when all is well. */
export function unknownIn(expression: string, series: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const { metrics, grouping } = namedIn(expression);
  const wrong: string[] = [];
  const carried = new Set(TARGET);
  for (const { name, matchers } of metrics) {
    const labels = series.get(name);
    if (labels === undefined) wrong.push(`no service exports ${name}`);
    for (const label of labels ?? []) carried.add(label);
    for (const label of matchers) if (!labels?.includes(label)) wrong.push(`${name} has no label ${label}`);
  }
  for (const label of grouping) if (!carried.has(label)) wrong.push(`no series of the expression has a label ${label}`);
  return wrong;
}
