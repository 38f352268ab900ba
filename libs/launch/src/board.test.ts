import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, MedallionError } from '@medallion/core';
import santa from '@medallion/santa-deliveries';
import { createMetrics, parsePrometheus } from '@medallion/service';
import { Board } from './board.ts';
import type { Child, ChildState } from './child.ts';
import { type OpsReport, readinessOf } from './ops-client.ts';
import { problem, problemsOf } from './problems.ts';
import { goldColumns } from './view/gold-columns.ts';
import { plannedSteps, stepBegun, stepDone, stepsAfter, stepsAt } from './view/steps.ts';

const NOW = instant(Date.parse('2025-12-24T20:00:00Z'));

const child = (name: string, state: ChildState = 'running'): Child => ({
  name,
  state,
  restarts: 0,
  logFile: '',
  startedMs: 0,
  start() {},
  async stop() {},
  kill() {},
});

async function reportOf(table: string, recordsIn: number, lag: number): Promise<OpsReport> {
  const metrics = createMetrics({ service: 'x', version: '1' });
  const flow = metrics.flow({ pipeline: 'santa-deliveries', table });
  flow.recordsIn(recordsIn);
  flow.recordsOut(recordsIn);
  flow.lag('t', 0, lag, 0);
  return { samples: parsePrometheus(await metrics.text()), ready: true, failed: [] };
}

test('what was sent is what the first service has read and what still waits for it', async () => {
  const board = new Board('santa-deliveries', ['bronze-ingest']);
  board.children = [child('santa-generator'), child('bronze-ingest')];
  board.observe('bronze-ingest', await reportOf('bronze_santa_deliveries', 0, 0), santa, 0);
  board.observe('bronze-ingest', await reportOf('bronze_santa_deliveries', 50, 150), santa, 10_000);
  const [generator, bronze] = board.view(NOW, 10_000).stages;
  assert.equal(generator?.outPerSecond, 20);
  assert.equal(bronze?.inPerSecond, 5);
  assert.equal(bronze?.lagRecords, 150);
});

test('of a service that does not answer nothing is told but that it is starting', async () => {
  const board = new Board('santa-deliveries', ['silver-enrich']);
  board.children = [child('silver-enrich')];
  board.observe('silver-enrich', await reportOf('silver_santa_deliveries', 9, 9), santa, 0);
  assert.equal(board.view(NOW, 0).stages[0]?.state, 'ready');
  board.observe('silver-enrich', null, santa, 500);
  const [stage] = board.view(NOW, 500).stages;
  assert.deepEqual([stage?.state, stage?.lagRecords, stage?.outPerSecond], ['starting', null, null]);
});

test('a service is ready only once a flow of it has said so', () => {
  assert.equal(readinessOf({ status: 'ready', checks: [] }).ready, false);
  const ok = { ok: true, name: 'f', code: '', message: '', remedy: '', since: '' };
  assert.equal(readinessOf({ status: 'ready', checks: [ok] }).ready, true);
});

test('what fails for a moment while parts wait for one another is no problem yet', () => {
  const failed = { name: 'f', code: 'MED_TOPIC_MISSING', message: 'm', remedy: 'r' };
  const seen = (secondsAgo: number) =>
    problemsOf([{ name: 's', failed: [{ ...failed, since: new Date(NOW - secondsAgo * 1000).toISOString() }] }], NOW);
  assert.deepEqual(seen(1), []);
  assert.deepEqual(seen(9), [{ where: 's f', code: 'MED_TOPIC_MISSING', message: 'm', remedy: 'r' }]);
});

test('an error is shown without the code and the remedy that its message repeats', () => {
  const shown = problem('here', new MedallionError('MED_TOPIC_MISSING', { topic: 't' }));
  assert.equal(shown.message, 'topic t does not exist');
  assert.equal(shown.remedy, 'create it, or start the producer that creates it');
});

test('steps keep the time at which they were first done', () => {
  let steps = plannedSteps(['bronze-ingest']);
  steps = stepsAfter(steps, { name: 'kafka', stage: 'fetching', ms: 10 });
  assert.equal(stepsAt(steps, 500)[0]?.ms, 500);
  steps = stepsAfter(steps, { name: 'kafka', stage: 'ready', ms: 900 });
  steps = stepsAfter(steps, { name: 'kafka', stage: 'exited', ms: 2_000 });
  steps = stepDone(steps, 'bronze-ingest', 1_000);
  steps = stepBegun(stepDone(steps, 'bronze-ingest', 9_000), 'bronze-ingest', 9_500);
  const told = stepsAt(steps, 99_999).map(({ state, ms }) => `${state} ${ms}`);
  assert.deepEqual(told, ['done 900', 'waiting 0', 'waiting 0', 'done 1000', 'waiting 0']);
});

test('of a gold table the time, the group and the first measures are shown, all of them columns of it', () => {
  for (const view of santa.tables) {
    if (view.kind !== 'materialized_view') continue;
    const columns = goldColumns(view).map(({ name }) => name);
    assert.equal(columns[0], 'window_start');
    assert.equal(new Set(columns).size, columns.length);
    for (const name of columns)
      assert.ok(
        view.schema.fields.some((field) => field.name === name),
        name,
      );
  }
});
