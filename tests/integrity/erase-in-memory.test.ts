import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fingerprintOf } from '@medallion/runtime';
import fc from 'fast-check';
import {
  change,
  customersIn,
  engine,
  eraseNow,
  open,
  plan,
  RAW,
  send,
  settled,
  standing,
  start,
} from '../support/erase-world.ts';
import { soon } from '../support/soon.ts';

/** People who are erased while services run, crash and replay, on ports in memory (SPEC Z1 to Z7). */

afterEach(() => engine.stop());

test('Z2 Z4 a person goes from every table that stands, others stay, and doing it again finds nothing', async () => {
  open();
  start();
  await send([change(1, 1), change(2, 1), change(1, 2), change(2, 2, 0), change(3, 5)]);
  await settled();
  const dry = await eraseNow(1, { dryRun: true });
  assert.deepEqual(customersIn(await standing('current')), [1, 2, 3]);
  const done = await eraseNow(1);
  assert.deepEqual(
    done.topics.map(({ topic: name, records, action }) => [name, records, action]),
    [
      ['shop.current.changelog', 1, 'deleted'],
      ['shop.history.changelog', 2, 'deleted'],
      ['shop.bronze', 2, 'kept'],
      ['shop.clean', 2, 'kept'],
    ],
  );
  assert.deepEqual([dry.topics, dry.tables, dry.behind], [done.topics, done.tables, []]);
  for (const table of ['current', 'history'] as const) {
    assert.deepEqual(customersIn(await standing(table)), [2, 3], table);
    assert.deepEqual(customersIn(engine.database.rows(table)), [2, 3], table);
  }
  const again = await eraseNow(1);
  assert.deepEqual([again.tables, again.topics.every(({ action }) => action === 'kept')], [[], true]);
});

test('Z5 what comes again later is new data, and what was there before does not come with it', async () => {
  open();
  start();
  await send([change(1, 1), change(1, 2), change(2, 1)]);
  await settled();
  await eraseNow(1);
  await send([change(1, 7)]);
  await settled();
  await soon('the new row stands', async () => (await standing('history')).some(({ customer }) => customer === 1));
  const mine = (await standing('history')).filter(({ customer }) => customer === 1);
  assert.deepEqual(
    mine.map(({ at, __END_AT }) => [at, __END_AT]),
    [[7, null]],
  );
  assert.deepEqual(customersIn(engine.database.rows('current')), [1, 2]);
});

test('Z3 who reads topics again from their start brings nobody back, and leaves a trace of every record', async () => {
  open();
  start();
  await send([change(1, 1), change(2, 1), change(1, 3, 0), change(2, 2)]);
  await settled();
  await eraseNow(1);
  await engine.stop();
  // As a rebuild does: outputs and checkpoints of the flow are gone.
  for (const name of ['shop.clean', 'shop.clean.quarantine'])
    for (const log of engine.cluster.topic(name)!) log.truncate(log.high);
  const before = engine.size('shop.clean') + engine.size('shop.clean.quarantine');
  engine.cluster.group('shop.clean').checkpoints.clear();
  engine.start('silver');
  await soon('all is read again', () => engine.checkpointed('clean') === engine.size('shop.bronze'));
  const schema = plan.tables.find(({ name }) => name === 'clean')!.schema;
  assert.deepEqual(customersIn((await engine.rows('shop.clean', schema)).map((each) => each.row)), [2]);
  const traces = engine.records('shop.clean.quarantine');
  assert.deepEqual(
    traces.map(({ key, value }) => [key, value]),
    [
      [null, null],
      [null, null],
    ],
  );
  assert.equal(engine.size('shop.clean') + engine.size('shop.clean.quarantine') - before, 4);
});

test('Z6 nothing is erased while somebody still has to read what there is of the person', async () => {
  open();
  start();
  await send([change(1, 1), change(2, 1)]);
  await settled();
  await engine.stop();
  engine.start('bronze');
  await send([change(1, 2)]);
  await soon('bronze has it', () => engine.checkpointed('bronze') === engine.size(RAW));
  const looked = await eraseNow(1, { dryRun: true });
  assert.deepEqual([...new Set(looked.behind.map(({ reader }) => reader))].sort(), ['clean', 'gold']);
  await assert.rejects(eraseNow(1, { patienceMs: 20 }), { code: 'MED_ERASE_BEHIND' });
  assert.deepEqual(customersIn(await standing('current')), [1, 2]);
  assert.equal(await engine.log.partitions('shop.erasures'), null);
  const waiting = eraseNow(1);
  start();
  await waiting;
  assert.deepEqual(customersIn(await standing('current')), [2]);
});

test('Z7 truncating deletes up to the last record of the person in each partition, and nothing behind it', async () => {
  open();
  start();
  await send([change(1, 1), change(3, 1), change(2, 1), change(3, 2), change(1, 2, 0), change(3, 3)]);
  await settled();
  const { topics, behind } = await eraseNow(1, { truncate: true });
  assert.deepEqual(behind, []);
  const cut = topics.filter(({ action }) => action === 'truncated');
  assert.deepEqual(
    cut.map(({ topic: name, records, note }) => [name, records, note]),
    [
      ['shop.bronze', 2, 'with 2 older records of others, which all readers have read'],
      ['shop.clean', 1, undefined],
      ['shop.clean.quarantine', 1, undefined],
    ],
  );
  const schema = plan.tables.find(({ name }) => name === 'bronze')!.schema;
  const left = (await engine.rows('shop.bronze', schema)).map((each) => each.row);
  assert.deepEqual(
    left.map(({ customer, at }) => [customer, at]),
    [
      [2, 1],
      [3, 3],
    ],
  );
  await send([change(2, 9)]);
  await settled();
  assert.equal((await eraseNow(1, { truncate: true })).topics.length, 0);
});

test('the list of who was erased names nobody', async () => {
  open();
  start();
  await send([change(4711, 1)]);
  await settled();
  await eraseNow(4711);
  const [log] = engine.cluster.topic('shop.erasures')!;
  const [record] = log!.slice(0, log!.high, Number.MAX_SAFE_INTEGER);
  assert.equal(String(record!.key), fingerprintOf('shop', { subject: 'customer', id: '4711' }));
  assert.doesNotMatch(String(record!.value), /4711/);
});

const succeeds = (work: () => Promise<unknown>): Promise<boolean> =>
  work().then(
    () => true,
    () => false,
  );

test('Z2 Z5 whenever somebody is erased, whatever fails and comes meanwhile: nothing of the person is left, all of the others is', async () => {
  const changesOf = (least: number) =>
    fc.array(fc.record({ customer: fc.integer({ min: 1, max: 4 }), at: fc.integer({ min: 1, max: 6 }) }), {
      ...{ minLength: least, maxLength: 20 },
    });
  await fc.assert(
    fc.asyncProperty(
      changesOf(1),
      changesOf(0),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      async (first, more, person, seed) => {
        open(plan, seed);
        try {
          engine.faults = true;
          start();
          await send(first.map(({ customer, at }) => change(customer, at)));
          await soon('bronze has all', () => engine.checkpointed('bronze') === engine.size(RAW));
          engine.faults = false;
          await settled();
          engine.faults = true;
          // Others go on.
          const meanwhile = more.filter(({ customer }) => customer !== person);
          const sending = (async () => {
            for (const { customer, at } of meanwhile) {
              await send([change(customer, at)]);
              for (let i = 0; i < at * 5; i++) await turn(undefined);
            }
          })();
          // Who erases tries again after a failure, as a person would.
          for (let tried = 0; !(await succeeds(() => eraseNow(person))); tried++) engine.faults = tried < 20;
          await sending;
          engine.faults = false;
          await settled();
          const given = [...first, ...meanwhile].filter(({ customer }) => customer !== person);
          const expected = [...new Set(given.map(({ customer }) => customer))].sort();
          for (const table of ['current', 'history'] as const) {
            assert.deepEqual(customersIn(await standing(table)), expected, table);
            assert.deepEqual(customersIn(engine.database.rows(table)), expected, table);
          }
          for (const { customer, at } of engine.database.rows('current'))
            assert.equal(at, Math.max(...given.filter((each) => each.customer === customer).map((each) => each.at)));
          // All versions of a customer are alike, so they are one, from the first on.
          for (const { customer, __START_AT } of engine.database.rows('history'))
            assert.equal(
              __START_AT,
              Math.min(...given.filter((each) => each.customer === customer).map((each) => each.at)),
            );
          assert.equal(engine.database.rows('history').length, expected.length);
        } finally {
          await engine.stop();
        }
      },
    ),
    { numRuns: 25 },
  );
});
