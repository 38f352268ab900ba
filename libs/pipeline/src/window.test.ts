import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours, type MedallionError, milliseconds } from '@medallion/core';
import { row, string, timestamp } from '@medallion/schema';
import {
  describe,
  hopping,
  json,
  materializedView,
  minutes,
  notNull,
  type PipelinePlan,
  pipeline,
  session,
  streamingTable,
  topic,
  type Window,
} from './index.ts';

const orders = streamingTable('orders')
  .from(topic('raw', { format: json(row('Raw', { id: string(), at: timestamp(), region: string() })), key: 'id' }))
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(5) });
const counted = (window: Window) =>
  materializedView('counted')
    .from(orders)
    .windowedBy(window)
    .groupBy('region')
    .aggregate((a) => ({ events: a.count() }));
const planOf = (window: Window): PipelinePlan => pipeline('shop', { tables: [orders, counted(window)] });
const refused = (declare: () => unknown): string => {
  try {
    declare();
  } catch (error) {
    return (error as MedallionError).message;
  }
  return assert.fail('it is accepted');
};

test('a hopping window has a size, an advance and a grace period', () => {
  const table = planOf(hopping(minutes(60), { advance: minutes(5), grace: minutes(1) })).tables[1]!;
  assert.ok(table.kind === 'materialized_view');
  assert.deepEqual(table.window, {
    ...{ kind: 'hopping', sizeMs: hours(1), advanceMs: minutes(5), graceMs: minutes(1) },
  });
  assert.match(
    describe(planOf(hopping(minutes(60), { advance: minutes(5), grace: minutes(1) }))),
    /window {6}hopping 1 h each 5 min, grace 1 min, over/,
  );
});

test('windows advance by their size at most, and not by so little that a row belongs to very many', () => {
  const message = refused(() => planOf(hopping(minutes(5), { advance: minutes(6) })));
  assert.match(message, /rows between them would count nowhere/);
  assert.match(
    refused(() => planOf(hopping(minutes(5), { advance: milliseconds(1) }))),
    /each row belongs to 300000 windows/,
  );
  assert.match(
    refused(() => planOf(hopping(minutes(5), { advance: milliseconds(0) }))),
    /the advance is 0 ms/,
  );
});

test('no cumulative sum runs over windows that overlap', () => {
  const view = counted(hopping(minutes(5), { advance: minutes(1) })).cumulative({ so_far: 'events' });
  assert.match(
    refused(() => pipeline('shop', { tables: [orders, view] })),
    /counts rows several times/,
  );
});

test('a session has a gap and a grace period', () => {
  const plan = planOf(session(minutes(30), { grace: minutes(1) }));
  const table = plan.tables[1]!;
  assert.ok(table.kind === 'materialized_view');
  assert.deepEqual(table.window, { kind: 'session', gapMs: minutes(30), graceMs: minutes(1) });
  assert.match(describe(plan), /window {6}session, gap 30 min, grace 1 min, over/);
  assert.match(
    refused(() => planOf(session(milliseconds(0)))),
    /the gap is 0 ms/,
  );
});

test('no rank is among the rows of one window where each group has windows of its own', () => {
  const view = counted(session(minutes(5))).rank({ place: 'events' });
  assert.match(
    refused(() => pipeline('shop', { tables: [orders, view] })),
    /sessions of several groups are several windows/,
  );
});
