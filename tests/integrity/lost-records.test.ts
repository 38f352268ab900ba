import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { instant, type Log, noMetrics, silentLog } from '@medallion/core';
import { json, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { decide, decisionsTopicOf, runLayer } from '@medallion/runtime';
import { long, row, string } from '@medallion/schema';
import { createMemoryLogAdmin } from '@medallion/testkit';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** Retention has passed records that a flow had not read, and a person has it go on without them. */

const RAW = 'clicks';
const INPUT = 'web.clicks';
const clicks = streamingTable('clicks').from(
  topic(RAW, { format: json(row('Click', { user: string(), at: long() })), key: 'user' }),
);
const users = streamingTable('users')
  .from(clicks)
  .applyChanges({ keys: ['user'], sequenceBy: 'at', storedAs: 1 });
const plan = pipeline('web', { tables: [clicks, users] });

const some = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ user: `u${from + i}`, at: from + i }));

/** What an operator hears of. */
type Heard = { readonly lines: Readonly<Record<string, unknown>>[]; lost: number };

function start(engine: MemoryEngine, layer: 'bronze' | 'silver'): Heard {
  const heard: Heard = { lines: [], lost: 0 };
  const logger: Log = {
    ...silentLog,
    warn: (fields: object, message: string) => void heard.lines.push({ ...fields, message }),
  };
  const metrics = {
    flow: (labels: Parameters<typeof noMetrics.flow>[0]) => ({
      ...noMetrics.flow(labels),
      lost(count: number) {
        heard.lost += count;
      },
    }),
  };
  engine.start(layer, {}, plan, (of, parts) => runLayer(of, { ...parts, logger, metrics }));
  return heard;
}

const stopsAt = (engine: MemoryEngine, flow: string, expected: number): Promise<void> =>
  soon(`${flow} stops at ${expected}`, () => {
    const condition = engine.conditions.get(flow);
    if (condition === undefined || condition.ok || condition.code !== 'MED_LOG_GAP') return false;
    return condition.message.includes(`after the expected offset ${expected}:`);
  });

const accept = (engine: MemoryEngine, flow: string, at: string, offset: number, allowLoss = true) =>
  decide(engine.log, plan, instant(0), {
    ...{ flow, at: { topic: at, partition: 0, offset }, decision: 'skip', allowLoss },
    ...{ by: 'ann', reason: 'the source cannot send them again' },
  });

/** Ten records were read before the flows were stopped, and of the next ten five are gone. */
async function withLoss(t: TestContext): Promise<MemoryEngine> {
  const engine = new MemoryEngine(plan, { [RAW]: 1 });
  t.after(() => engine.stop());
  await engine.send(RAW, 0, some(0, 10));
  for (const layer of ['bronze', 'silver'] as const) await engine.start(layer, { until: 'caught up' }).done;
  await engine.send(RAW, 0, some(10, 20));
  return engine;
}

/** The users in a table's topic, as its readers see them. */
async function usersIn(engine: MemoryEngine): Promise<readonly unknown[]> {
  const { schema } = plan.tables.find((table) => table.kind === 'streaming_table')!;
  return (await engine.rows(INPUT, schema)).map(({ row: each }) => each.user);
}

const names = (...ranges: readonly (readonly [from: number, to: number])[]) =>
  ranges.flatMap(([from, to]) => some(from, to).map(({ user }) => user));

test('F13 a flow passes over lost records once a person has named them, and says which: all that is there is processed', async (t) => {
  const engine = await withLoss(t);
  engine.cluster.topic(RAW)![0]!.truncate(15);
  const heard = start(engine, 'bronze');
  await stopsAt(engine, 'clicks', 10);
  assert.deepEqual(await accept(engine, 'clicks', RAW, 10), { from: 10, to: 15 });
  await soon('it has gone on', () => engine.checkpointed('clicks') === 20);
  assert.deepEqual(await usersIn(engine), names([0, 10], [15, 20]));
  assert.equal(heard.lost, 5);
  const [line] = heard.lines.filter(({ message }) => message === 'lost records are passed over');
  const who = 'passed over by ann at 1970-01-01T00:00:00.000Z: the source cannot send them again';
  const range = { topic: RAW, partition: 0, from: 10, to: 15 };
  assert.deepEqual(line, { code: 'MED_LOG_GAP', flow: 'clicks', ...range, decided: who, message: line?.message });
  const [kept] = engine.cluster.topic(decisionsTopicOf('web'))![0]!.slice(0, 1, 1e6);
  assert.equal(String(kept?.key), `clicks:${RAW}:0:10`);
  assert.equal((JSON.parse(String(kept?.value)) as { readonly lostTo: number }).lostTo, 15);
});

test('F13 what retention removes after the decision is another loss, and asked about again', async (t) => {
  const engine = await withLoss(t);
  engine.cluster.topic(RAW)![0]!.truncate(13);
  await accept(engine, 'clicks', RAW, 10);
  engine.cluster.topic(RAW)![0]!.truncate(15);
  const heard = start(engine, 'bronze');
  await stopsAt(engine, 'clicks', 13);
  await accept(engine, 'clicks', RAW, 13);
  await soon('it has gone on', () => engine.checkpointed('clicks') === 20);
  assert.deepEqual(await usersIn(engine), names([0, 10], [15, 20]));
  assert.equal(heard.lost, 5, 'each once, though the first was passed over at each start');
});

test('F13 a loss is done with once, also where nothing is left behind it', async (t) => {
  const engine = await withLoss(t);
  engine.cluster.topic(RAW)![0]!.truncate(20);
  await accept(engine, 'clicks', RAW, 10);
  const first = start(engine, 'bronze');
  await soon('its checkpoint is behind it', () => engine.checkpointed('clicks') === 20);
  await engine.stop();
  const second = start(engine, 'bronze');
  await soon('it runs', () => engine.conditions.get('clicks')?.ok === true);
  await engine.send(RAW, 0, some(20, 21));
  await soon('it has read on', () => engine.checkpointed('clicks') === 21);
  assert.deepEqual([first.lost, second.lost], [10, 0]);
});

test('F13 P8 a flow whose checkpoint was forgotten passes over what is behind its own output and lost', async (t) => {
  const engine = await withLoss(t);
  await createMemoryLogAdmin(engine.cluster).forgetGroup('web.clicks');
  engine.cluster.topic(RAW)![0]!.truncate(15);
  const heard = start(engine, 'bronze');
  await stopsAt(engine, 'clicks', 10);
  await accept(engine, 'clicks', RAW, 10);
  await soon('it has gone on', () => engine.checkpointed('clicks') === 20);
  assert.deepEqual(await usersIn(engine), names([0, 10], [15, 20]));
  assert.equal(heard.lost, 5);
});

test('F13 L1 the flow of a table by key passes over lost changes, and its ledger is behind them', async (t) => {
  const engine = await withLoss(t);
  await engine.start('bronze', { until: 'caught up' }).done;
  engine.cluster.topic(INPUT)![0]!.truncate(15);
  start(engine, 'silver');
  await stopsAt(engine, 'users', 10);
  await accept(engine, 'users', INPUT, 10);
  await soon('it has gone on', () => engine.checkpointed('users') === 20);
  await engine.start('gold', { until: 'caught up' }).done;
  const found = engine.database.rows('users').map((each) => (each as { readonly user: string }).user);
  assert.deepEqual(new Set(found), new Set(names([0, 10], [15, 20])));
});

test('F13 records that are there, or there again, are never passed over', async (t) => {
  const engine = await withLoss(t);
  await assert.rejects(accept(engine, 'clicks', RAW, 12), { code: 'MED_DECISION_INVALID' });
  const restored = new MemoryEngine(plan, { [RAW]: 1 });
  t.after(() => restored.stop());
  await restored.send(RAW, 0, some(0, 10));
  restored.cluster.topic(RAW)![0]!.truncate(5);
  await accept(restored, 'clicks', RAW, 0);
  restored.cluster.deleteTopic(RAW);
  restored.cluster.createTopic(RAW, 1);
  await restored.send(RAW, 0, some(0, 10));
  const heard = start(restored, 'bronze');
  await soon('all is read', () => restored.checkpointed('clicks') === 10);
  assert.deepEqual(await usersIn(restored), names([0, 10]));
  assert.equal(heard.lost, 0);
});

test('F13 a skip of one record is no word about others that are lost: it is refused, with the range', async (t) => {
  const engine = await withLoss(t);
  engine.cluster.topic(RAW)![0]!.truncate(15);
  await assert.rejects(accept(engine, 'clicks', RAW, 10, false), /offset 10 up to 15 any more: with --allow-loss/);
});
