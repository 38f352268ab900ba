import type { DeclaredMetric, OwnMetric } from '@medallion/service';
import { type AnswerCounts, noAnswers } from './http/answer-counts.ts';
import type { VersionedCounts } from './http/versioned.ts';
import type { Live } from './live/live.ts';

/** What the dashboard counts of itself. */
export type Counted = {
  readonly live: Pick<Live, 'listeners' | 'dropped'>;
  readonly cache: () => VersionedCounts;
  readonly answers: AnswerCounts;
};

/** What `/metrics` says of a dashboard, beside what it says of every service. */
export function dashboardMetrics({ live, cache, answers }: Counted): readonly OwnMetric[] {
  const one = (kind: OwnMetric['kind'], name: string, help: string, read: () => number): OwnMetric => ({
    ...{ kind, name: `medallion_dashboard_${name}`, help, read: () => [{ value: read() }] },
  });
  return [
    one('gauge', 'listeners', 'Live streams that are open', () => live.listeners),
    one('counter', 'streams_dropped_total', 'Live streams that took too little and were ended', () => live.dropped),
    one('counter', 'cache_hits_total', 'Answers given without a read of their own', () => cache().hits),
    one('counter', 'reads_total', 'Answers that were read from Postgres: misses of the cache', () => cache().reads),
    one('counter', 'read_seconds_total', 'Time of these reads together', () => cache().readMs / 1_000),
    one('gauge', 'cache_bytes', 'Memory of the answers that are kept, about', () => cache().bytes),
    {
      ...{ kind: 'counter', name: 'medallion_dashboard_answers_total', labelNames: ['status'] },
      help: 'HTTP answers by class of status',
      read: () => Object.entries(answers).map(([status, value]) => ({ labels: { status }, value })),
    },
  ];
}

/** Names, kinds and labels of these, in the order of the alphabet: for the page that lists all metrics. */
export const declaredDashboardMetrics = (): readonly DeclaredMetric[] =>
  dashboardMetrics({
    live: { listeners: 0, dropped: 0 },
    cache: () => ({ hits: 0, reads: 0, readMs: 0, kept: 0, bytes: 0 }),
    answers: noAnswers(),
  })
    .map(({ name, kind, help, labelNames: labels = [] }) => ({ name, kind, help, labels }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
