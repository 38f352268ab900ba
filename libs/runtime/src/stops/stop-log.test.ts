import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, type Log, MedallionError, silentLog } from '@medallion/core';
import { createMemoryLog } from '@medallion/testkit';
import type { RecordLog } from '../ports/index.ts';
import { stopsTopicOf } from '../protocol/stop-notes.ts';
import type { Condition } from '../supervise.ts';
import { StopLog } from './stop-log.ts';
import { StopNotes } from './stop-notes.ts';

const TOPIC = stopsTopicOf('shop');
const clock = { now: () => Date.parse('2025-12-24T20:00:00Z') as Instant };

const failure = (error: MedallionError): Condition => ({
  ...{ ok: false, code: error.code, message: error.message, remedy: error.remedy },
});
const stopped = failure(new MedallionError('MED_DECISION_INVALID', { problem: 'a test' }));
const passing = failure(new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'a test' }));
const goesOn: Condition = { ok: true };

const stopLog = (log: RecordLog, owner = 'silver@a', logger: Log = silentLog) =>
  new StopLog({ pipeline: 'shop', log, clock, owner, logger });

async function told(stops: StopLog, ...all: readonly (readonly [flow: string, condition: Condition])[]): Promise<void> {
  for (const [flow, condition] of all) stops.tell(flow, condition);
  await stops.settled();
}

const sizeOf = async (log: RecordLog): Promise<number> => (await log.partitions(TOPIC))?.[0]?.high ?? 0;

test('a flow that stops for a person is noted with code, remedy, time and instance, until it goes on', async () => {
  const log = createMemoryLog();
  const [stops, notes] = [stopLog(log), new StopNotes('shop', log)];
  assert.equal(await notes.notes(), null, 'before there is a topic');
  await told(stops, ['orders', stopped]);
  const { code, message, remedy } = stopped as Extract<Condition, { ok: false }>;
  assert.deepEqual(await notes.notes(), [
    { flow: 'orders', code, message, remedy, at: '2025-12-24T20:00:00.000Z', by: 'silver@a' },
  ]);
  await told(stops, ['customers', stopped], ['orders', goesOn]);
  assert.deepEqual(
    (await notes.notes())?.map(({ flow }) => flow),
    ['customers'],
  );
  assert.deepEqual(await notes.notes(), await new StopNotes('shop', log).notes(), 'as whoever reads from the start');
});

test('what the engine tries again by itself, and what merely starts, is no stop', async () => {
  const log = createMemoryLog();
  const starting: Condition = { ok: false, code: 'MED_FLOW_STARTING', message: 'm', remedy: 'r' };
  await told(stopLog(log), ['orders', passing], ['orders', starting], ['orders', goesOn]);
  assert.equal(await log.partitions(TOPIC), null, 'a flow that never stopped writes nothing');
});

test('the note of an instance that is gone is taken back by the next one whose flow goes on', async () => {
  const log = createMemoryLog();
  await told(stopLog(log, 'silver@gone'), ['orders', stopped], ['customers', stopped]);
  const next = stopLog(log, 'silver@new');
  await told(next, ['orders', goesOn]);
  const standing = (await new StopNotes('shop', log).notes())?.map(({ flow, by }) => [flow, by]);
  assert.deepEqual(standing, [['customers', 'silver@gone']]);
  const size = await sizeOf(log);
  await told(next, ['orders', goesOn], ['orders', goesOn]);
  assert.equal(await sizeOf(log), size, 'once');
});

test('a note that cannot be written is a warning, and the next one is written', async () => {
  const memory = createMemoryLog();
  let away = true;
  const log: RecordLog = {
    ...memory,
    appender: () =>
      away ? Promise.reject(new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'a test' })) : memory.appender(),
  };
  const warnings: string[] = [];
  const stops = stopLog(log, 'silver@a', { ...silentLog, warn: (_, message) => void warnings.push(message) });
  await told(stops, ['orders', stopped]);
  assert.deepEqual(warnings, ['whether the flow has stopped cannot be noted']);
  away = false;
  await told(stops, ['orders', stopped]);
  assert.equal((await new StopNotes('shop', memory).notes())?.length, 1);
});

test('records that are no notes are passed over, and a topic that began anew is read anew', async () => {
  const log = createMemoryLog();
  const notes = new StopNotes('shop', log);
  await told(stopLog(log), ['orders', stopped], ['customers', stopped]);
  const appender = await log.appender();
  const odd = [null, '', '7', '{"code":7}', '{"code":"MED_X","at":"soon"}'].map((value, i) => ({
    key: i === 0 ? null : Buffer.from(`odd ${i}`),
    value: value === null ? null : Buffer.from(value),
    headers: {},
  }));
  await appender.append([{ topic: TOPIC, partition: 0, records: odd }]);
  assert.deepEqual(
    (await notes.notes())?.map(({ flow }) => flow),
    ['orders', 'customers'],
  );
  const other = createMemoryLog();
  await told(stopLog(other), ['accounts', stopped]);
  let current = log;
  const moved = new StopNotes('shop', {
    partitions: (topic) => current.partitions(topic),
    read: (partition, from) => current.read(partition, from),
  });
  assert.equal((await moved.notes())?.length, 2);
  current = other;
  assert.deepEqual(
    (await moved.notes())?.map(({ flow }) => flow),
    ['accounts'],
  );
});
