import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { json, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { createMemoryLogAdmin } from '@medallion/testkit';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** A topic that the pipeline reads is deleted and created again: Kafka forgets the group's checkpoints with it. */

const RAW = 'clicks';
const FLOW = 'web.bronze';
const bronze = streamingTable('bronze').from(
  topic(RAW, { format: json(row('Click', { user: string() })), key: 'user' }),
);
const silver = streamingTable('silver').from(bronze);
const plan = pipeline('web', { tables: [bronze, silver] });

const clicks = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ user: `u${from + i}` }));
const codeOf = (engine: MemoryEngine): string | null => {
  const condition = engine.conditions.get('bronze');
  return condition === undefined || condition.ok ? null : condition.code;
};

/** An engine whose bronze has read ten records and was stopped; what its group knew of the topic is gone. */
async function forgotten(change: (engine: MemoryEngine) => void): Promise<MemoryEngine> {
  const engine = new MemoryEngine(plan, { [RAW]: 1 });
  const running = engine.start('bronze');
  await engine.send(RAW, 0, clicks(0, 10), ({ user }) => user);
  await soon('all are checkpointed', () => engine.checkpointed('bronze') === 10);
  await running.stop();
  await createMemoryLogAdmin(engine.cluster).forgetGroup(FLOW);
  change(engine);
  return engine;
}

const recreate = (engine: MemoryEngine): void => {
  engine.cluster.deleteTopic(RAW);
  engine.cluster.createTopic(RAW, 1);
};

test('P8 records of a topic that was created again are not taken for repetitions: the flow stops with MED_LOG_RECREATED', async () => {
  const engine = await forgotten(recreate);
  await engine.send(RAW, 0, clicks(100, 105));
  engine.start('bronze');
  await soon('it says so', () => codeOf(engine) === 'MED_LOG_RECREATED');
  assert.equal(engine.size('web.bronze'), 10, 'nothing of them was written');
  await engine.stop();
});

test('P8 a topic that was created again is told by its records, also where it is longer than what was read', async () => {
  const engine = await forgotten(recreate);
  await engine.send(RAW, 0, clicks(100, 120), ({ user }) => user);
  engine.start('bronze');
  await soon('it says so', () => codeOf(engine) === 'MED_LOG_RECREATED');
  assert.equal(engine.size('web.bronze'), 10, 'nothing of them was written');
  await engine.stop();
});

test('P8 a flow whose checkpoint was forgotten with records that it had not read stops with MED_LOG_GAP', async () => {
  const engine = await forgotten(() => {});
  await engine.send(RAW, 0, clicks(10, 20));
  engine.cluster.topic(RAW)![0]!.truncate(15);
  engine.start('bronze');
  await soon('it says so', () => codeOf(engine) === 'MED_LOG_GAP');
  await engine.stop();
});

test('P6 a flow whose checkpoint was forgotten, and no more, begins anew, and its readers skip the repetition', async () => {
  const engine = await forgotten(() => {});
  await engine.send(RAW, 0, clicks(10, 12));
  engine.start('bronze');
  await soon('it has read all', () => engine.checkpointed('bronze') === 12);
  assert.equal(codeOf(engine), null);
  assert.equal(engine.records(FLOW).length, 12);
  await engine.stop();
});

test('P8 a flow that begins for the first time has nothing to compare with, also where the start of its input is gone', async () => {
  const engine = new MemoryEngine(plan, { [RAW]: 1 });
  await engine.send(RAW, 0, clicks(0, 10));
  engine.cluster.topic(RAW)![0]!.truncate(5);
  engine.start('bronze');
  await soon('it has read what is left', () => engine.records(FLOW).length === 5);
  await delay(20);
  assert.equal(codeOf(engine), null);
  await engine.stop();
});
