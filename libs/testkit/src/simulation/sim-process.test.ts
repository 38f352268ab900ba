import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { Network, NetworkError } from './network.ts';
import { SimProcess } from './sim-process.ts';
import { VirtualTime } from './virtual-time.ts';

function started() {
  const time = new VirtualTime(1);
  const { schedule } = time;
  const process = new SimProcess({ name: 'p#0', seed: 1, schedule, trueNow: () => time.now, skewMs: 0 });
  const told: string[] = [];
  const until = (ms: number) => time.run(ms, () => false);
  return { time, schedule, process, told, until };
}

test('to a process that is killed nothing comes any more, and its timers never end', async () => {
  const { process, told, until } = started();
  void process.sleep(10).then(() => told.push('slept'));
  process.timer(10, () => told.push('timer'));
  process.kill();
  process.deliver(() => told.push('delivered'));
  await until(100);
  assert.deepEqual(told, []);
});

test('a process that slept, or is dead, listens to no signal, which would keep its world in memory', async () => {
  const { process, until } = started();
  const { signal } = new AbortController();
  void process.sleep(10, signal);
  await until(20);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  void process.sleep(1_000, signal);
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  process.kill();
  void process.sleep(1_000, signal);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('to a process that is stalled everything comes once it goes on', async () => {
  const { schedule, process, told, until } = started();
  process.timer(10, () => told.push('timer'));
  process.stall();
  schedule(20, () => process.deliver(() => told.push('reply')));
  await until(50);
  assert.deepEqual(told, []);
  process.resume();
  await until(51);
  assert.deepEqual(told.toSorted(), ['reply', 'timer']);
});

test('a request of a process that was killed may still arrive', async () => {
  const { schedule, process, told, until } = started();
  const network = new Network(
    schedule,
    () => ({ requestMs: 5, replyMs: 5 }),
    () => true,
    assert.ifError,
  );
  const serve = () => told.push('served');
  void network
    .call(process, { to: 'postgres', what: 'commit', serve, timeoutMs: 100 })
    .then(() => told.push('answered'));
  process.kill();
  await until(200);
  assert.deepEqual(told, ['served']);
});

test('who gets no answer in time gives up, and the request may be served after that', async () => {
  const { schedule, process, told, until } = started();
  const network = new Network(
    schedule,
    () => ({ requestMs: 500, replyMs: 5 }),
    () => true,
    assert.ifError,
  );
  const serve = () => told.push('served');
  const call = network.call(process, { to: 'broker 0', what: 'append', serve, timeoutMs: 100 });
  call.catch((error: unknown) => told.push(error instanceof NetworkError ? 'gave up' : String(error)));
  await until(400);
  assert.deepEqual([told, network.changesUnderWay], [['gave up'], 1]);
  await until(600);
  assert.deepEqual([told, network.changesUnderWay], [['gave up', 'served'], 0]);
});

test('a clock that jumps does not change how much time has passed', async () => {
  const { process, until } = started();
  process.jump(-60_000);
  await until(1_000);
  assert.deepEqual([process.clock.now(), process.clock.elapsedMs?.()], [-59_000, 1_000]);
});
