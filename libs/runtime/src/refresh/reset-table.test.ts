import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, systemClock } from '@medallion/core';
import type { FilesPlan, StepPlan } from '@medallion/pipeline';
import type { RowSchema } from '@medallion/schema';
import {
  createMemoryLog,
  createMemoryLogAdmin,
  MemoryCluster,
  MemoryDatabase,
  MemoryFiles,
  memoryResetStore,
  Recorder,
  reading,
} from '@medallion/testkit';
import { decide } from '../decisions/decide.ts';
import { FlowDecisions } from '../decisions/flow-decisions.ts';
import { Erasures, keepErasure } from '../erase/erasures.ts';
import { toFileRecord } from '../files/file-log.ts';
import { field, flow, keyedTable, pipelineOf, schemaOf, streamingTable } from '../fixtures/plans.ts';
import { createPipelineTopics, ensurePipelineTopics } from '../topics.ts';
import { noteRefresh, unfinishedRefreshes } from './refreshes.ts';
import { resetOf } from './reset-scope.ts';
import { lookAtReset, resetTable } from './reset-table.ts';

const declared = schemaOf(field('id', 'string'));
const orders = streamingTable('shop', 'orders', declared, [flow('orders', { topic: 'raw', declared })]);
const checked = streamingTable('shop', 'checked', declared, [flow('checked', { table: 'orders' }, [])]);
const other = streamingTable('shop', 'other', declared, [flow('other', { topic: 'raw', declared })]);
const plan = pipelineOf('shop', [orders, checked, other]);
const options = { by: 'ann', allowLoss: false };

const filesPlan = (filesTopic: string, columns: RowSchema): FilesPlan => ({
  ...{ kind: 'files', path: 'in', pattern: '*.json', format: { kind: 'json_lines' }, declared: columns },
  ...{ evolution: 'rescue', key: 'id', partitions: 2, readers: 1, filesTopic },
});

async function world() {
  const cluster = new MemoryCluster();
  cluster.createTopic('raw', 2);
  const log = createMemoryLog(cluster);
  await createPipelineTopics(plan, log);
  const store = memoryResetStore(new MemoryDatabase());
  const parts = { plan, log, admin: createMemoryLogAdmin(cluster), store, clock: systemClock };
  const put = async (topic: string, partition: number, value: string) => {
    const appender = await log.appender();
    await appender.append([{ topic, partition, records: [{ key: null, value: Buffer.from(value), headers: {} }] }]);
    await appender.close();
  };
  return { cluster, log, parts, put };
}

test('U7 a reset is of the table and what depends on it, with the topics of redrives and without those of backfills', () => {
  const { tables, topics, redriveTopics, groups, inputs } = resetOf(plan, 'orders');
  assert.deepEqual(tables, ['orders', 'checked']);
  assert.deepEqual(
    topics,
    [orders, checked].flatMap((table) => [table.topic, table.quarantineTopic]),
  );
  assert.deepEqual(redriveTopics, ['shop.orders.redrive', 'shop.checked.redrive']);
  assert.deepEqual(
    groups.filter(({ service }) => service === 'bronze-ingest').map(({ group }) => group),
    ['shop.orders', 'shop.orders.redrive', 'shop.orders.backfill'],
  );
  assert.deepEqual(inputs, ['raw']);
  assert.deepEqual(resetOf(plan, 'checked').inputs, [orders.topic]);
});

test('U7 what joins a table depends on it, and so does what reads that', () => {
  const dimension = keyedTable('shop', 'places', declared, 'orders');
  const join: StepPlan = { kind: 'join', table: 'places', mode: 'latest', type: 'left', on: ['id'], columns: [] };
  const joined = streamingTable('shop', 'joined', declared, [flow('joined', { table: 'other' }, [join])]);
  const after = streamingTable('shop', 'after', declared, [flow('after', { table: 'joined' })]);
  const joining = pipelineOf('shop', [orders, other, dimension, joined, after]);
  const { tables, inputs, groups } = resetOf(joining, 'places');
  assert.deepEqual(tables, ['places', 'joined', 'after']);
  assert.deepEqual(inputs, [orders.topic, other.topic]);
  assert.ok(groups.every(({ service }) => service === 'silver-enrich'));
});

test('U12 what is made of a compacted topic is refused: it no longer holds every row', async () => {
  const compacted = { ...orders, storage: { ...orders.storage, cleanup: 'compact' as const } };
  const { parts } = await world();
  const over = { ...parts, plan: pipelineOf('shop', [compacted, checked]) };
  await assert.rejects(resetTable(over, 'checked', options), { message: /shop\.orders is compacted/ });
  await resetTable(over, 'checked', { ...options, allowLoss: true });
});

test('U7 topics begin at 0 and groups are forgotten, those of other tables are left alone', async () => {
  const { cluster, log, parts, put } = await world();
  for (const { topic } of [orders, checked, other]) await put(topic, 1, 'row');
  for (const flow of ['orders', 'checked', 'other'])
    cluster.group(`shop.${flow}`).checkpoints.set('0 raw', { offset: 3, metadata: '' });
  await resetTable(parts, 'orders', options);
  const ends = async (topic: string) => (await log.partitions(topic))!.map(({ low, high }) => [low, high]);
  assert.deepEqual(
    [await ends(orders.topic), await ends(other.topic)],
    [
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 1],
      ],
    ],
  );
  assert.deepEqual(
    [(await log.committed('shop.orders', 'raw')).size, (await log.committed('shop.other', 'raw')).size],
    [0, 1],
  );
});

test('U9 a group with members is named, and nothing is touched or noted', async () => {
  const { log, parts, put } = await world();
  await put(orders.topic, 0, 'row');
  const member = await log.subscribe(reading('shop.checked', orders.topic), new Recorder());
  await assert.rejects(resetTable(parts, 'orders', options), {
    code: 'MED_REFRESH_REFUSED',
    message: /its flows are running: shop\.checked \(member 0 \(memory\)\).*stop silver-enrich, every instance/,
  });
  assert.equal((await log.partitions(orders.topic))![0]!.high, 1);
  assert.deepEqual(await unfinishedRefreshes(log, 'shop'), []);
  assert.deepEqual(
    (await lookAtReset(parts, 'orders')).running.map(({ group }) => group),
    ['shop.checked'],
  );
  await member.stop();
});

test('U10 a rebuild that has not ended keeps every flow from starting, and every other rebuild from beginning', async () => {
  const { log, parts } = await world();
  await noteRefresh(log, 'shop', { state: 'begun', table: 'other', by: 'ben', at: '2026-01-01T00:00:00.000Z' });
  await assert.rejects(ensurePipelineTopics(plan, log), {
    code: 'MED_REFRESH_UNFINISHED',
    message: /table "other", which ben began.*medallion refresh shop other --full/s,
  });
  await assert.rejects(resetTable(parts, 'orders', options), { code: 'MED_REFRESH_REFUSED', message: /other --full/ });
  await resetTable(parts, 'other', options);
  await ensurePipelineTopics(plan, log);
});

test('U12 what retention has removed of the input is named, and lost only when that is meant', async () => {
  const { cluster, parts, put } = await world();
  for (let i = 0; i < 3; i++) await put('raw', 1, 'row');
  cluster.partition({ topic: 'raw', partition: 1 })!.truncate(2);
  const error = { code: 'MED_REFRESH_REFUSED', message: /raw\[1\] offsets 0 to 1.*--allow-loss/ };
  await assert.rejects(resetTable(parts, 'orders', options), error);
  const { missing } = await resetTable(parts, 'orders', { ...options, allowLoss: true });
  assert.deepEqual(missing, [{ topic: 'raw', partition: 1, low: 2 }]);
});

test('U13 places in topics that begin anew are forgotten in decisions and erasures; those in their inputs are not', async () => {
  const { log, parts } = await world();
  const now = systemClock.now();
  for (const topic of ['raw', orders.topic])
    await decide(log, plan, now, {
      ...{ flow: topic === 'raw' ? 'orders' : 'checked', decision: 'skip', by: 'ann', reason: '' },
      at: { topic, partition: 0, offset: 7 },
    });
  await keepErasure(log, 'shop', {
    ...{ subject: 'customer', fingerprint: 'f', at: 'then', by: 'ann' },
    before: { raw: [5, 5], [orders.topic]: [9, 9] },
  });
  await resetTable(parts, 'orders', options);
  const skipped = async (flow: string, topic: string) => {
    const decisions = new FlowDecisions('shop', flow, log);
    await decisions.load();
    return decisions.skipped({ topic, partition: 0 }, 7) !== null;
  };
  assert.deepEqual([await skipped('orders', 'raw'), await skipped('checked', orders.topic)], [true, false]);
  const erasures = new Erasures(log, 'shop');
  await erasures.load();
  const covers = (topic: string) => erasures.covers('f', { topic, partition: 0 }, 3);
  assert.deepEqual([covers('raw'), covers(orders.topic)], [true, false]);
});

test('U12 files that were read and are gone, or other versions, are named; so is that nobody can look', async () => {
  const landed = streamingTable('shop', 'landed', declared, [
    { ...flow('landed', { topic: 'raw', declared }), source: filesPlan('shop.landed.files', declared) },
  ]);
  const { log, parts, put } = await world();
  await log.ensureTopics([{ topic: 'shop.landed.files', partitions: 1, retentionMs: -1, maxMessageBytes: 1_000_000 }]);
  const files = new MemoryFiles();
  for (const name of ['a', 'b', 'c']) files.put(`in/${name}.json`, [{ id: name }], instant(1));
  for (const file of (await files.list('in', '*.json')).files)
    await put('shop.landed.files', 0, String(toFileRecord(file).value));
  const over = { ...parts, plan: pipelineOf('shop', [landed]) };
  assert.deepEqual((await lookAtReset({ ...over, files }, 'landed')).missingFiles, []);
  files.remove('in/a.json');
  files.put('in/b.json', [{ id: 'other' }], instant(2));
  await assert.rejects(resetTable({ ...over, files }, 'landed', options), {
    code: 'MED_REFRESH_REFUSED',
    message: /of in\/\*\.json are gone, or are other versions: in\/a\.json, in\/b\.json; keep|in\/a\.json, in\/b\.json/,
  });
  await assert.rejects(resetTable(over, 'landed', options), { message: /is not known \(set LANDING_URL\)/ });
  await resetTable({ ...over, files }, 'landed', { ...options, allowLoss: true });
});
