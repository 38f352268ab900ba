import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { days, type Instant, minutes } from '@medallion/core';
import { notNull, pipeline, streamingTable } from '@medallion/pipeline';
import { type ErasureStore, type Mark, type RecordLog, withoutErased } from '@medallion/runtime';
import { createMemoryCodecs } from '@medallion/testkit';
import {
  bronze,
  change,
  customersIn,
  engine,
  eraseNow,
  open,
  plan,
  send,
  settled,
  standing,
  start,
} from '../support/erase-world.ts';
import { memoryErasures } from '../support/memory-erasures.ts';
import { soon } from '../support/soon.ts';

/** What stands in the way of an erasure, and what flows see after it, on ports in memory. */

afterEach(() => engine.stop());

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
  open(once);
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
  open(deduped);
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
