import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { dashboardMetrics } from './dashboard-metrics.ts';
import { countAnswers, noAnswers } from './http/answer-counts.ts';

test('answers are counted by the class of their status, whatever was asked for', async () => {
  const counts = noAnswers();
  const app = fastify();
  countAnswers(app as never, counts);
  app.get('/fine', async () => 'fine');
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  for (const url of ['/fine', '/fine', '/broken', '/nowhere/1', '/nowhere/2', '/nowhere/3']) await app.inject(url);
  await app.close();
  assert.deepEqual(counts, { '1xx': 0, '2xx': 2, '3xx': 0, '4xx': 3, '5xx': 1 });
});

test('a dashboard says how many listen, how often it read, and how long that took in seconds', () => {
  const metrics = dashboardMetrics({
    live: { listeners: 3, dropped: 1 },
    cache: () => ({ hits: 70, reads: 30, readMs: 1_500, kept: 4, bytes: 1_000 }),
    answers: { ...noAnswers(), '2xx': 9 },
  });
  const values = Object.fromEntries(
    metrics.flatMap(({ name, read }) =>
      read().map(({ labels, value }) => [labels === undefined ? name : `${name} ${labels.status}`, value]),
    ),
  );
  assert.deepEqual(values, {
    medallion_dashboard_listeners: 3,
    medallion_dashboard_streams_dropped_total: 1,
    medallion_dashboard_cache_hits_total: 70,
    medallion_dashboard_reads_total: 30,
    medallion_dashboard_read_seconds_total: 1.5,
    medallion_dashboard_cache_bytes: 1_000,
    'medallion_dashboard_answers_total 1xx': 0,
    'medallion_dashboard_answers_total 2xx': 9,
    'medallion_dashboard_answers_total 3xx': 0,
    'medallion_dashboard_answers_total 4xx': 0,
    'medallion_dashboard_answers_total 5xx': 0,
  });
});
