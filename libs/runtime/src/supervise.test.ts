import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError, silentLog } from '@medallion/core';
import { type Condition, type RunningFlow, supervise } from './supervise.ts';

function flow(): RunningFlow & { readonly fail: (error: Error) => void; stopped: number } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return {
    done: promise,
    fail: reject,
    stopped: 0,
    async stop() {
      this.stopped++;
      resolve();
    },
  };
}

function parts() {
  const reports: Condition[] = [];
  const pauses: number[] = [];
  return {
    reports,
    pauses,
    name: 'f',
    logger: silentLog,
    report: (condition: Condition) => void reports.push(condition),
    restarted: () => {},
    sleep: async (ms: number) => void pauses.push(ms),
  };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

test('F2 an error that may pass ends the flow, which starts again after pauses that grow', async () => {
  const given = parts();
  let starts = 0;
  const supervised = supervise(async () => {
    starts++;
    if (starts < 4) throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'x' });
    return flow();
  }, given);
  await until(() => given.reports.at(-1)?.ok === true);
  assert.deepEqual(given.pauses, [250, 500, 1_000]);
  await supervised.stop();
  assert.equal(starts, 4);
});

test('F2 an error that needs a person stops the flow for good, and is reported with its remedy', async () => {
  const given = parts();
  let starts = 0;
  const running = flow();
  const supervised = supervise(async () => {
    starts++;
    return running;
  }, given);
  await until(() => given.reports.length === 1);
  running.fail(new MedallionError('MED_LOG_GAP', { topic: 't', partition: 0, low: 5, expected: 1, group: 'g' }));
  await supervised.done;
  assert.equal(starts, 1);
  assert.equal(running.stopped, 1);
  const last = given.reports.at(-1);
  assert.equal(last?.ok === false && last.code, 'MED_LOG_GAP');
});

test('F3 a flow that is told to stop while it starts is stopped, not left behind', async () => {
  const given = parts();
  const started = flow();
  const { promise, resolve } = Promise.withResolvers<RunningFlow>();
  const supervised = supervise(() => promise, given);
  const stopping = supervised.stop();
  resolve(started);
  await stopping;
  assert.equal(started.stopped, 1);
});

test('F7 a flow that has finished is stopped, reported as fine, and not started again', async () => {
  const given = parts();
  const finished = { ...flow(), finished: Promise.resolve() };
  let starts = 0;
  await supervise(async () => {
    starts++;
    return finished;
  }, given).done;
  assert.deepEqual([starts, finished.stopped, given.reports], [1, 1, [{ ok: true }]]);
});

test('F4 a flow that needs a person starts again after a decision, and not when told to stop instead', async () => {
  const given = parts();
  const failure = new MedallionError('MED_LOG_GAP', { topic: 't', partition: 0, low: 1, expected: 0, group: 'g' });
  const decisions = [true, false];
  let starts = 0;
  await supervise(
    async () => {
      starts++;
      throw failure;
    },
    {
      ...given,
      decided: async (error) => {
        assert.equal(error, failure);
        return decisions.shift()!;
      },
    },
  ).done;
  assert.deepEqual([starts, given.pauses], [2, []]);
});

test('F8 without patience any error ends the flow, with some only one that needs a person', async () => {
  const passing = new MedallionError('MED_TOPIC_MISSING', { topic: 't' });
  const lasting = new MedallionError('MED_LOG_GAP', { topic: 't', partition: 0, low: 1, expected: 0, group: 'g' });
  for (const [patience, errors, last] of [
    ['none', [passing], passing],
    ['retries', [passing, passing, lasting], lasting],
  ] as const) {
    const left: Error[] = [...errors];
    const supervised = supervise(() => Promise.reject(left.shift()), { ...parts(), patience });
    await assert.rejects(supervised.done, last);
    assert.equal(left.length, 0);
    await supervised.stop();
  }
});
