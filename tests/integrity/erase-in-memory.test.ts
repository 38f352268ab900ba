import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { days, type Instant, minutes, systemClock } from '@medallion/core';
import { json, notNull, pipeline, positive, streamingTable, topic } from '@medallion/pipeline';
import {
  type EraseParts,
  type EraseRequest,
  type ErasureStore,
  erase,
  fingerprintOf,
  type Mark,
  type RecordLog,
  standsWhereExpected,
  withoutErased,
} from '@medallion/runtime';
import { int, long, row, string } from '@medallion/schema';
import { createMemoryCodecs } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine, soon } from '../support/memory-engine.ts';
import { memoryErasures } from '../support/memory-erasures.ts';
import { seeded } from '../support/seeded.ts';

/** People who are erased while services run, crash and replay, on ports in memory (SPEC Z1 to Z6). */

const RAW = 'raw';
const PARTITIONS = 2;

const Change = row('Change', { customer: long(), name: string(), amount: int(), at: long() });
const bronze = streamingTable('bronze')
  .from(topic(RAW, { format: json(Change), key: 'customer' }))
  .identifies('customer', 'customer')
  .personal('name');
const clean = streamingTable('clean')
  .from(bronze)
  .expectOrQuarantine('paid', 'amount', positive)
  .expectOrQuarantine('known', 'customer', notNull)
  .expectOrQuarantine('timed', 'at', notNull)
  .select('customer', 'name', 'amount', 'at');
const current = streamingTable('current')
  .from(clean)
  .applyChanges({ keys: ['customer'], sequenceBy: 'at', applyAsDeletes: "name = 'gone'" });
const history = streamingTable('history')
  .from(clean)
  .applyChanges({ keys: ['customer'], sequenceBy: 'at', storedAs: 2 });
const plan = pipeline('shop', { tables: [bronze, clean, current, history] });

type Given = { readonly customer: number; readonly name: string; readonly amount: number; readonly at: number };
const change = (customer: number, at: number, amount = 1): Given => ({
  customer,
  name: `name ${customer}`,
  amount,
  at,
});

let engine: MemoryEngine;
afterEach(() => engine.stop());

function open(): MemoryEngine {
  engine = new MemoryEngine(plan, { [RAW]: PARTITIONS }, seeded(1));
  return engine;
}

const start = (): void => {
  for (const layer of ['bronze', 'silver', 'gold'] as const) engine.start(layer);
};

/** Each customer's changes go to one partition. */
async function send(changes: readonly Given[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++)
    await engine.send(
      RAW,
      partition,
      changes.filter(({ customer }) => customer % PARTITIONS === partition),
    );
}

const FLOWS = ['clean', 'current', 'history'] as const;
const inputOf = { clean: 'shop.bronze', current: 'shop.clean', history: 'shop.clean' } as const;

/** All that was sent is in all tables. */
const settled = () =>
  soon('everything is read', () => {
    const read = engine.checkpointed('bronze') === engine.size(RAW);
    const flows = FLOWS.every((flow) => engine.checkpointed(flow) === engine.size(inputOf[flow]));
    const leases = engine.database.leases.every((at) => at.next === (engine.cluster.partition(at)?.high ?? 0));
    return read && flows && leases && engine.database.leases.length > 0;
  });

const eraseNow = (id: number, over: Partial<EraseRequest> = {}, parts: Partial<EraseParts> = {}, of = plan) =>
  erase(
    {
      log: engine.log,
      codecs: createMemoryCodecs(engine.registry),
      store: memoryErasures(engine.database, of),
      truncation: {
        truncate: async (name, before) => {
          for (const [partition, offset] of before)
            engine.cluster.partition({ topic: name, partition })!.truncate(offset);
        },
      },
      now: systemClock.now,
      sleep: async () => void (await turn(undefined)),
      ...parts,
    },
    of,
    { subject: 'customer', id: String(id), by: 'ann', patienceMs: 5_000, ...over },
  );

/** The rows that stand in a changelog, by key. */
async function standing(table: 'current' | 'history') {
  const name = `shop.${table}.changelog`;
  const { schema } = plan.tables.find((each) => each.name === table)!;
  const decoder = await createMemoryCodecs(engine.registry).decoder(name, schema);
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [partition, log] of (engine.cluster.topic(name) ?? []).entries())
    for (const record of log.slice(0, log.high, Number.MAX_SAFE_INTEGER)) {
      if (!standsWhereExpected(record, table, { topic: name, partition })) continue;
      await decoder.prepare([record.value]);
      const decoded = record.value === null ? null : decoder.decode(record.value);
      if (decoded === null) rows.delete(String(record.key));
      else if ('row' in decoded) rows.set(String(record.key), decoded.row);
    }
  return [...rows.values()];
}

const customersIn = (rows: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] =>
  [...new Set(rows.map(({ customer }) => customer))].sort();

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

test('K1 Z2 null values that another writer got in before are written again, until they count', async () => {
  open();
  start();
  await send([change(1, 1), change(2, 1)]);
  await settled();
  await engine.stop();
  let strays = 0;
  const log: RecordLog = {
    ...engine.log,
    appender: async () => {
      const inner = await engine.log.appender();
      return {
        ...inner,
        append: async (batches) => {
          const { topic: name, partition } = batches[0]!;
          const stray = { key: Buffer.from('[2]'), value: null, headers: { src: `current:${partition}:0:0` } };
          if (name.endsWith('.changelog') && strays++ < 2)
            await inner.append([{ topic: name, partition, records: [stray] }]);
          return inner.append(batches);
        },
      };
    },
  };
  await eraseNow(1, {}, { log });
  assert.ok(strays > 2);
  for (const table of ['current', 'history'] as const) assert.deepEqual(customersIn(await standing(table)), [2], table);
});

test('Z3 what flows see of an erased person is a place, and whatever was said of it says no more than that', async () => {
  open();
  start();
  await send([change(1, 1, 0), change(3, 1, 0)]);
  await settled();
  await eraseNow(1);
  await send([change(1, 2, 0)]);
  await settled();
  const seen = withoutErased(engine.log, plan, createMemoryCodecs(engine.registry));
  const records = [];
  for await (const batch of seen.read({ topic: 'shop.clean.quarantine', partition: 1 }, 0)) records.push(...batch);
  const said = records.map(({ key, value, headers }) => [key, value === null, String(headers['medallion.reason'])]);
  assert.deepEqual(said, [
    [null, true, 'erased'],
    [null, false, 'broke paid'],
    [null, false, 'broke paid'],
  ]);
  assert.deepEqual(
    records.map(({ offset, headers }) => [offset, headers.src?.toString().split(':')[0]]),
    [0, 1, 2].map((offset) => [offset, 'clean']),
  );
});

test('Z6 the gold layer must have read every record of a changelog that is about the person, deleted ones too', async () => {
  open();
  start();
  await send([change(1, 1), { ...change(1, 2), name: 'gone' }, change(2, 1)]);
  await settled();
  assert.deepEqual(customersIn(await standing('current')), [2]);
  const store = memoryErasures(engine.database, plan);
  const asked: Mark[] = [];
  const late: ErasureStore = {
    leases: async () =>
      (await store.leases()).map((lease) => (lease.topic === 'shop.current.changelog' ? { ...lease, next: 0 } : lease)),
    erase: (erasure) => {
      asked.push(...erasure.marks);
      return store.erase(erasure);
    },
  };
  const { behind } = await eraseNow(1, { dryRun: true }, { store: late });
  assert.deepEqual(behind, [{ reader: 'gold', topic: 'shop.current.changelog', partition: 1, at: 0, needs: 1 }]);
  await eraseNow(1, {}, { store: { ...late, leases: store.leases } });
  assert.deepEqual([...new Set(asked.map((mark) => mark.topic))].sort(), [
    ...['shop.bronze', 'shop.clean', 'shop.current.changelog', 'shop.history.changelog'],
  ]);
});

test('Z6 a flow that ran once is not waited for, as it never reads what came after its end', async () => {
  const copied = streamingTable('copied').appendFlow('old', bronze, { once: true });
  const once = pipeline('shop', { tables: [bronze, copied] });
  engine = new MemoryEngine(once, { [RAW]: PARTITIONS }, seeded(1));
  const goldHas = (n: number) => () =>
    engine.database.leases.reduce((sum, { topic: of, next }) => sum + (of === 'shop.bronze' ? next : 0), 0) === n;
  engine.start('bronze');
  engine.start('gold');
  await send([change(3, 1), change(2, 1)]);
  await soon('bronze has it', goldHas(2));
  engine.start('silver');
  await soon('it was copied', () => engine.size('shop.copied') === 2 && engine.checkpointed('copied.old') === 2);
  await send([change(1, 1)]);
  await soon('bronze has more', goldHas(3));
  const { topics } = await eraseNow(1, {}, {}, once);
  assert.deepEqual(
    topics.map(({ topic: name, records }) => [name, records]),
    [['shop.bronze', 1]],
  );
});

test('Z7 a topic from which a flow would rebuild its state is not truncated, and says so', async () => {
  const unique = streamingTable('clean')
    .from(bronze)
    .expectOrDrop('timed', 'at', notNull)
    .derive((c) => ({ when: c.timestamp((d) => d.at as Instant) }))
    .eventTime('when', { watermarkDelay: minutes(1), maxFutureSkew: days(365) })
    .dedupe({ by: 'name', within: minutes(10) });
  const deduped = pipeline('shop', { tables: [bronze, unique] });
  engine = new MemoryEngine(deduped, { [RAW]: PARTITIONS }, seeded(1));
  start();
  await send([change(3, 1), change(1, 1)]);
  await soon('everything is read', () =>
    ['shop.bronze', 'shop.clean'].every((name) =>
      engine.database.leases.some(({ topic: of, next }) => of === name && next === 2),
    ),
  );
  await soon('it is stored', () => engine.checkpointed('clean') === 2);
  const { topics, behind } = await eraseNow(1, { truncate: true }, {}, deduped);
  assert.deepEqual(
    topics.map(({ topic: name, action }) => [name, action]),
    [
      ['shop.bronze', 'truncated'],
      ['shop.clean', 'kept'],
    ],
  );
  assert.deepEqual(
    behind.map(({ reader, topic: name, at, needs }) => [reader, name, at, needs]),
    [['clean', 'shop.clean', 0, 2]],
  );
  assert.equal(engine.cluster.partition({ topic: 'shop.clean', partition: 1 })!.low, 0);
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
        engine = new MemoryEngine(plan, { [RAW]: PARTITIONS }, seeded(seed));
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
