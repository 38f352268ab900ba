import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  isoInstant,
  json,
  materializedView,
  minutes,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { createMemoryLogAdmin } from '@medallion/testkit';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/**
 * Somebody deletes topics between two layers, and they are made again: what keeps its place elsewhere than in Kafka's
 * checkpoints (a changelog's ledger, a lease, the memory of who joins) knows a place in a log that is no more.
 */

const RAW = 'raw.changes';
const ORDERS = 'raw.orders';
const Change = row('Change', { id: string(), name: string(), at: string() });

const changes = streamingTable('changes')
  .from(topic(RAW, { format: json(Change), key: 'id' }))
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) });
const orders = streamingTable('orders').from(
  topic(ORDERS, { format: json(row('Order', { order: string(), id: string() })), key: 'order' }),
);
const keyed = { keys: ['id'], sequenceBy: 'at' } as const;
const customers = streamingTable('customers')
  .from(changes)
  .applyChanges({ ...keyed, storedAs: 1 });
const history = streamingTable('history')
  .from(changes)
  .applyChanges({ ...keyed, storedAs: 2 });
const sales = streamingTable('sales')
  .from(orders)
  .join(customers, { type: 'left', on: 'id', columns: ['name'] });
const perHour = materializedView('per_hour')
  .from(changes)
  .windowedBy(tumbling(minutes(60)))
  .aggregate((a) => ({ changes: a.count() }));
const plan = pipeline('shop', { tables: [changes, orders, customers, history, sales, perHour] });

const TOPIC = 'shop.changes';
const KEYED = ['customers', 'history'] as const;

const changed = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    return { id: `c${n}`, name: `n${n}`, at: new Date(Date.UTC(2025, 0, 1, 0, 0, n)).toISOString() };
  });

const codeOf = (engine: MemoryEngine, flow: string): string | null => {
  const condition = engine.conditions.get(flow);
  return condition === undefined || condition.ok ? null : condition.code;
};

const isCopied = (engine: MemoryEngine): boolean =>
  engine.database.leases.find((lease) => lease.topic === TOPIC)?.next === engine.size(TOPIC);

/** An engine in which ten changes are through to gold, and of which all has been stopped. */
async function withTenChanges(t: TestContext): Promise<MemoryEngine> {
  const engine = new MemoryEngine(plan, { [RAW]: 1, [ORDERS]: 1 });
  t.after(() => engine.stop());
  await engine.send(RAW, 0, changed(0, 10));
  for (const layer of ['bronze', 'silver', 'gold'] as const) await engine.start(layer, { until: 'caught up' }).done;
  assert.ok(isCopied(engine));
  return engine;
}

/** They begin at 0 again, and what groups had stored of them is forgotten, as Kafka does. */
async function recreate(engine: MemoryEngine, ...topics: readonly string[]): Promise<void> {
  await createMemoryLogAdmin(engine.cluster).deleteTopics(topics);
  for (const each of topics) engine.cluster.createTopic(each, 1);
}

/** Changes that bronze makes of a raw topic that was made again, with its own topic. */
async function withOtherChanges(t: TestContext): Promise<MemoryEngine> {
  const engine = await withTenChanges(t);
  await recreate(engine, RAW, TOPIC);
  await engine.send(RAW, 0, changed(100, 105));
  await engine.start('bronze', { until: 'caught up' }).done;
  assert.equal(engine.records(TOPIC).length, 5);
  return engine;
}

test('P8 K2 changes of a topic that was created again are not taken for repetitions: tables by key stop with MED_LOG_RECREATED', async (t) => {
  const engine = await withOtherChanges(t);
  engine.start('silver');
  for (const name of KEYED) await soon(`${name} says so`, () => codeOf(engine, name) === 'MED_LOG_RECREATED');
});

test('P8 I5 rows of a topic that was created again are not taken for repetitions: gold stops with MED_LOG_RECREATED', async (t) => {
  const engine = await withOtherChanges(t);
  engine.start('gold');
  await soon('it says so', () => codeOf(engine, 'gold') === 'MED_LOG_RECREATED');
  assert.equal(engine.database.rows('per_hour')[0]?.changes, 10);
});

test('P8 a table by key whose checkpoint was forgotten with changes that it had not read stops with MED_LOG_GAP', async (t) => {
  const engine = await withTenChanges(t);
  for (const name of KEYED) await createMemoryLogAdmin(engine.cluster).forgetGroup(`shop.${name}`);
  await engine.send(RAW, 0, changed(10, 20));
  await engine.start('bronze', { until: 'caught up' }).done;
  engine.cluster.topic(TOPIC)![0]!.truncate(15);
  engine.start('silver');
  for (const name of KEYED) await soon(`${name} says so`, () => codeOf(engine, name) === 'MED_LOG_GAP');
});

test('L1 P8 a table by key goes on after its ledger, also where retention has passed an older checkpoint that took its place', async (t) => {
  const engine = await withTenChanges(t);
  for (const name of KEYED) {
    const { checkpoints } = engine.cluster.group(`shop.${name}`);
    for (const [place, { metadata }] of checkpoints) checkpoints.set(place, { offset: 1, metadata });
  }
  engine.cluster.topic(TOPIC)![0]!.truncate(engine.size(TOPIC) - 2);
  engine.start('silver');
  for (const name of KEYED) await soon(`${name} stores it`, () => engine.checkpointed(name) === engine.size(TOPIC));
  for (const name of KEYED) assert.equal(codeOf(engine, name), null);
});

test('P8 J1 rows are not joined with a table whose changelog was created again: the flow stops with MED_LOG_RECREATED', async (t) => {
  const engine = await withTenChanges(t);
  // The flow of the joined table runs in another process, and that one is down.
  engine.start('bronze');
  engine.start('silver', {}, pipeline('shop', { tables: [changes, orders, customers, history, sales] }));
  await engine.send(ORDERS, 0, [{ order: 'o1', id: 'c1' }]);
  await soon('it is joined', () => engine.checkpointed('sales') === 1);
  await recreate(engine, 'shop.customers.changelog');
  await soon('it says so', async () => {
    await engine.send(ORDERS, 0, [{ order: 'o2', id: 'c1' }]);
    return codeOf(engine, 'sales') === 'MED_LOG_RECREATED';
  });
});
