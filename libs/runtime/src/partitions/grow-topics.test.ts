import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, MedallionError } from '@medallion/core';
import type { PipelinePlan, StepPlan } from '@medallion/pipeline';
import { createMemoryLog, createMemoryLogAdmin, MemoryCluster, Recorder, reading } from '@medallion/testkit';
import { BackfillLog } from '../backfill/backfill-log.ts';
import { field, flow, keyedTable, pipelineOf, schemaOf, streamingTable } from '../fixtures/plans.ts';
import { createPipelineTopics, ensurePipelineTopics } from '../topics.ts';
import { growTopics, lookAtGrowth } from './grow-topics.ts';

const declared = schemaOf(field('id', 'string'));
const dedupe: StepPlan = { kind: 'dedupe', by: 'id', withinMs: 1_000 as never };
const orders = streamingTable('shop', 'orders', declared, [flow('orders', { topic: 'raw', declared })]);
const checked = streamingTable('shop', 'checked', declared, [flow('checked', { table: 'orders' }, [dedupe])]);
const visits = streamingTable('shop', 'visits', declared, [flow('visits', { topic: 'visited', declared })]);
const plan = pipelineOf('shop', [orders, checked, visits]);
const drained = { partitions: 4, undrained: false };

async function world(of: PipelinePlan = plan) {
  const cluster = new MemoryCluster();
  for (const topic of ['raw', 'visited', 'archive']) cluster.createTopic(topic, 2);
  const log = createMemoryLog(cluster);
  await createPipelineTopics(of, log);
  const countOf = async (topic: string) => (await log.partitions(topic))?.length;
  return { cluster, log, countOf, parts: { plan: of, log, admin: createMemoryLogAdmin(cluster) } };
}

test('Q1 a topic grows with all that has its count, and what is made of another stays', async () => {
  const { log, countOf, parts } = await world();
  await log.ensureTopics([
    { topic: 'shop.orders.redrive', partitions: 2, retentionMs: -1, maxMessageBytes: 1_048_576 },
  ]);
  const look = await lookAtGrowth(parts, 'raw', drained);
  assert.equal(await countOf('raw'), 2, 'who looks changes nothing');
  const done = await growTopics(parts, 'raw', drained);
  assert.deepEqual(done, look);
  assert.equal(
    done.grown[0]?.topic,
    'raw',
    'what others write comes first: where that is refused, nothing has changed',
  );
  const own = [orders, checked].flatMap(({ topic, quarantineTopic }) => [topic, quarantineTopic]);
  for (const topic of ['raw', ...own, 'shop.orders.redrive']) assert.equal(await countOf(topic), 4, topic);
  assert.deepEqual([await countOf('visited'), await countOf(visits.topic)], [2, 2]);
  assert.deepEqual(done.forgetful, ['checked']);
  await ensurePipelineTopics(plan, log);
});

test('Q4 one that died in between is run again, and so is one whose source had been given its partitions by others', async () => {
  const { cluster, log, countOf, parts } = await world();
  cluster.growTopic('raw', 4);
  await assert.rejects(ensurePipelineTopics(plan, log), { code: 'MED_PARTITIONS_CHANGED' }, 'nobody starts in between');
  const admin = parts.admin;
  let left = 2;
  const dying = {
    ...admin,
    growTopic: async (topic: string, partitions: number) => {
      if (left-- === 0) throw new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'it died' });
      await admin.growTopic(topic, partitions);
    },
  };
  await assert.rejects(growTopics({ ...parts, admin: dying }, 'raw', drained), { code: 'MED_LOG_UNAVAILABLE' });
  await assert.rejects(ensurePipelineTopics(plan, log), { code: 'MED_PARTITIONS_CHANGED' });
  await growTopics(parts, 'raw', drained);
  assert.equal(await countOf(checked.topic), 4);
  await ensurePipelineTopics(plan, log);
  assert.deepEqual((await growTopics(parts, 'raw', drained)).grown, []);
});

test('Q3 it is refused while a flow or the gold service runs, with their names, and nothing is changed', async () => {
  for (const [group, topic, service] of [
    ['shop.checked', orders.topic, 'silver-enrich'],
    ['shop.gold', checked.topic, 'gold-aggregate'],
  ] as const) {
    const { log, countOf, parts } = await world();
    const subscription = await log.subscribe(reading(group, topic), new Recorder());
    const message = new RegExp(`${group} \\(.*stop ${service}, every instance`);
    try {
      await assert.rejects(growTopics(parts, 'raw', drained), { code: 'MED_PARTITIONS_REFUSED', message });
      assert.equal(await countOf('raw'), 2);
    } finally {
      await subscription.stop();
    }
    await growTopics(parts, 'raw', drained);
  }
});

test('Q2 it is refused while anything is unread, unless the order of a key does not matter', async () => {
  const { log, countOf, parts } = await world();
  const appender = await log.appender();
  const record = { key: null, value: Buffer.from('x'), headers: {} };
  await appender.append([{ topic: 'raw', partition: 1, records: [record, record] }]);
  const message = /orders has 2 records to read/;
  await assert.rejects(growTopics(parts, 'raw', drained), { code: 'MED_PARTITIONS_REFUSED', message });
  assert.equal(await countOf('raw'), 2);
  await growTopics(parts, 'raw', { ...drained, undrained: true });
  assert.equal(await countOf('raw'), 4);
});

test('Q3 it is refused where a table keeps something by key in the partition of the key, and says why', async () => {
  const compacted = { ...checked, storage: { ...checked.storage, cleanup: 'compact' as const } };
  const once = streamingTable('shop', 'once', declared, [flow('once', { topic: 'raw', declared }, [], true)]);
  for (const [table, reason] of [
    [keyedTable('shop', 'customers', declared, 'orders'), /customers .* each key with its history/],
    [compacted, /checked .* compacted/],
    [once, /once .* runs once/],
  ] as const) {
    const other = pipelineOf('shop', [orders, table, visits]);
    const { countOf, parts } = await world(other);
    const refusal = { code: 'MED_PARTITIONS_REFUSED', message: reason };
    await assert.rejects(growTopics(parts, 'raw', { ...drained, undrained: true }), refusal);
    assert.equal(await countOf('raw'), 2);
    await growTopics(parts, 'visited', drained);
    assert.equal(await countOf(visits.topic), 4, 'what has no part in it grows');
  }
});

test('Q1 all inputs of a table have one count, so they grow together', async () => {
  const both = streamingTable('shop', 'both', declared, [
    flow('now', { topic: 'raw', declared }),
    flow('then', { topic: 'archive', declared }),
  ]);
  const { countOf, parts } = await world(pipelineOf('shop', [both, visits]));
  await growTopics(parts, 'archive', drained);
  assert.deepEqual([await countOf('raw'), await countOf('archive'), await countOf('visited')], [4, 4, 2]);
});

test('Q3 fewer partitions, a topic that nothing is made of, one that is not there, an unfinished backfill are refused', async () => {
  const { log, parts } = await world();
  const code = 'MED_PARTITIONS_REFUSED';
  await assert.rejects(growTopics(parts, 'raw', { ...drained, partitions: 1 }), { code, message: /takes none away/ });
  await assert.rejects(growTopics(parts, 'archive', drained), { code, message: /raw, visited/ });
  const backfills = await BackfillLog.open('shop', log);
  const source = { kind: 'topic', topic: 'archive', ranges: [] } as never;
  await backfills.begin({ id: 'old', flow: 'orders', asked: 'all', source, by: 'ann', at: 0 as Instant });
  await assert.rejects(growTopics(parts, 'raw', drained), { code, message: /backfill old has not ended/ });
  await backfills.end('old', { records: 0, abandoned: true });
  await growTopics(parts, 'raw', drained);
  await parts.admin.deleteTopics(['visited']);
  await assert.rejects(growTopics(parts, 'visited', drained), { code: 'MED_TOPIC_MISSING' });
});
