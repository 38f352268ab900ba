import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, NEVER } from '@medallion/core';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { BucketedHistogram } from './bucketed-histogram.ts';
import { createMetrics, declaredMetrics } from './metrics.ts';

const labels = { pipeline: 'santa-deliveries', table: 'silver' };
const LINE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+-]+|[Nn]a[Nn]|[+-]Inf)$/;

/** Every sample of the text, by name and labels; fails on a line that is not of the format. */
async function samplesOf(metrics: { text(): Promise<string> }): Promise<Map<string, number>> {
  const samples = new Map<string, number>();
  for (const line of (await metrics.text()).split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-zA-Z0-9_:]+ .+$/.test(line)) continue;
    const match = LINE.exec(line);
    assert.ok(match, `not a line of the text format: ${line}`);
    const key = `${match[1]}${match[2] ?? ''}`;
    assert.ok(!samples.has(key), `twice: ${key}`);
    samples.set(key, Number(match[3]));
  }
  return samples;
}

const create = () => createMetrics({ service: 'silver-enrich', version: '1.2.3' });

test('every metric of the design appears in valid text, with the process metrics', async () => {
  const metrics = create();
  const flow = metrics.flow(labels);
  flow.recordsIn(10);
  flow.recordsOut(7);
  flow.quarantined('violation', 2);
  flow.dropped(1);
  flow.late(1);
  flow.expectation('valid "id"\\', 'failed', 2);
  flow.batchSeconds(0.02);
  flow.commitSeconds(0.003);
  flow.latencySeconds([0.1, 0.2]);
  flow.watermark('t', 0, 1_700_000_000_500 as Instant);
  flow.lag('t', 0, 12, 0.5);
  flow.stateEntries(99);
  flow.leaseLost();
  flow.restarted();
  const samples = await samplesOf(metrics);
  const of = (name: string, more = '') =>
    samples.get(`medallion_${name}{pipeline="santa-deliveries",table="silver"${more}}`);
  assert.equal(of('records_in_total'), 10);
  assert.equal(of('records_out_total'), 7);
  assert.equal(of('records_quarantined_total', ',reason="violation"'), 2);
  assert.equal(of('records_dropped_total'), 1);
  assert.equal(of('records_late_total'), 1);
  assert.equal(of('expectation_results_total', ',expectation="valid \\"id\\"\\\\",result="failed"'), 2);
  assert.equal(of('expectation_results_total', ',expectation="valid \\"id\\"\\\\",result="passed"'), 0);
  assert.equal(of('batch_seconds_count'), 1);
  assert.equal(of('commit_seconds_sum'), 0.003);
  assert.equal(of('end_to_end_latency_seconds_bucket', ',le="0.1"'), 1);
  assert.equal(of('end_to_end_latency_seconds_bucket', ',le="+Inf"'), 2);
  assert.equal(of('watermark_seconds', ',topic="t",partition="0"'), 1_700_000_000.5);
  assert.equal(of('consumer_lag_records', ',topic="t",partition="0"'), 12);
  assert.equal(of('consumer_lag_seconds', ',topic="t",partition="0"'), 0.5);
  assert.equal(of('state_entries'), 99);
  assert.equal(of('lease_lost_total'), 1);
  assert.equal(of('flow_restarts_total'), 1);
  assert.equal(
    samples.get(`medallion_build_info{version="1.2.3",service="silver-enrich",node="${process.version}"}`),
    1,
  );
  assert.ok(samples.has('process_cpu_seconds_total'));
});

test('a flow is up, or is not, and a service is ready when it is asked', async () => {
  let ready = false;
  const metrics = createMetrics({ service: 'silver-enrich', version: '1.2.3', ready: () => ready });
  const up = async () =>
    (await samplesOf(metrics)).get('medallion_flow_up{pipeline="santa-deliveries",table="silver"}');
  const flow = metrics.flow(labels);
  assert.equal(await up(), undefined, 'a handle alone says nothing');
  flow.running(false);
  assert.equal(await up(), 0);
  flow.running(true);
  assert.equal(await up(), 1);
  assert.equal((await samplesOf(metrics)).get('medallion_ready'), 0);
  ready = true;
  assert.equal((await samplesOf(metrics)).get('medallion_ready'), 1);
  assert.equal((await samplesOf(create())).get('medallion_ready'), undefined, 'nobody to ask');
});

test('every metric is declared with its labels before it has a value', () => {
  const declared = new Map(declaredMetrics().map(({ name, kind, labels: names }) => [name, { kind, names }]));
  assert.deepEqual(declared.get('medallion_flow_up'), { kind: 'gauge', names: ['pipeline', 'table'] });
  assert.deepEqual(declared.get('medallion_records_quarantined_total'), {
    kind: 'counter',
    names: ['pipeline', 'table', 'reason'],
  });
  assert.ok(declared.has('process_start_time_seconds'));
});

test('the same labels give the same handle', async () => {
  const metrics = create();
  metrics.flow({ ...labels }).batchSeconds(1);
  metrics.flow({ ...labels }).batchSeconds(1);
  const count = (await samplesOf(metrics)).get(
    'medallion_batch_seconds_count{pipeline="santa-deliveries",table="silver"}',
  );
  assert.equal(count, 2);
});

test('a forgotten partition reports no longer, and reports again once it is owned again', async () => {
  const metrics = create();
  const flow = metrics.flow(labels);
  const reported = async () => [...(await samplesOf(metrics)).keys()].filter((key) => key.includes('topic="t"')).length;
  flow.watermark('t', 3, 5 as Instant);
  flow.lag('t', 3, 1, 1);
  assert.equal(await reported(), 3);
  flow.forget('t', 3);
  flow.forget('t', 4);
  assert.equal(await reported(), 0);
  flow.lag('t', 3, 2, 2);
  assert.equal(await reported(), 2);
});

test('a watermark that is not there yet is not reported', async () => {
  const metrics = create();
  metrics.flow(labels).watermark('t', 0, NEVER);
  assert.ok(![...(await samplesOf(metrics)).keys()].some((key) => key.startsWith('medallion_watermark_seconds')));
});

test('reasons without end are counted as other, and none is lost', async () => {
  const metrics = create();
  for (let i = 0; i < 500; i++) metrics.flow(labels).quarantined(`reason-${i}`, 1);
  const series = [...(await samplesOf(metrics))].filter(([key]) => key.startsWith('medallion_records_quarantined'));
  assert.ok(series.length <= 33);
  assert.equal(
    series.reduce((sum, [, value]) => sum + value, 0),
    500,
  );
});

test('a histogram counts each value in every bucket whose bound it does not exceed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: -5, max: 100 })), async (values) => {
      const bounds = [0.1, 1, 10];
      const histogram = new BucketedHistogram({ name: 'h', help: 'h', bounds, registry: new Registry() });
      histogram.series(labels).observeAll(values);
      const samples = (await histogram.getForPromString()).values;
      const valid = values.filter(Number.isFinite).map((value) => Math.max(0, value));
      for (const le of [...bounds, '+Inf'] as const) {
        const expected = valid.filter((value) => le === '+Inf' || value <= Number(le)).length;
        assert.equal(samples.find((sample) => (sample.labels as { le?: unknown }).le === le)?.value, expected);
      }
      const sum = samples.find((sample) => sample.metricName === 'h_sum')?.value ?? Number.NaN;
      assert.ok(Math.abs(sum - valid.reduce((total, value) => total + value, 0)) < 1e-6);
      assert.equal(samples.find((sample) => sample.metricName === 'h_count')?.value, valid.length);
    }),
    { numRuns: 50 },
  );
});

test('what is declared with a count of 0 is exported at 0, so that its first record is an increase', async () => {
  const metrics = createMetrics({ service: 'test', version: '0' });
  const flow = metrics.flow({ pipeline: 'p', table: 't' });
  flow.quarantined('violation', 0);
  flow.expectation('has_id', 'passed', 0);
  const text = await metrics.text();
  assert.match(text, /^medallion_records_quarantined_total\{[^}]*reason="violation"[^}]*\} 0$/m);
  assert.match(text, /^medallion_\w*expectation\w*\{[^}]*result="failed"[^}]*\} 0$/m);
});

test('a service adds numbers of its own, which are read at each scrape', async () => {
  const metrics = createMetrics({ service: 'dashboard', version: '1.2.3' });
  let listeners = 3;
  metrics.own({
    ...{ kind: 'gauge', name: 'medallion_dashboard_listeners', help: 'Open streams' },
    read: () => [{ value: listeners }],
  });
  metrics.own({
    ...{ kind: 'counter', name: 'medallion_dashboard_answers_total', help: 'Answers', labelNames: ['status'] },
    read: () => [
      { labels: { status: '2xx' }, value: 7 },
      { labels: { status: '5xx' }, value: 1 },
    ],
  });
  assert.equal((await samplesOf(metrics)).get('medallion_dashboard_listeners'), 3);
  listeners = 2;
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('medallion_dashboard_listeners'), 2);
  assert.equal(samples.get('medallion_dashboard_answers_total{status="2xx"}'), 7);
  assert.equal(samples.get('medallion_dashboard_answers_total{status="5xx"}'), 1);
});
