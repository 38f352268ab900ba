import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MedallionError, silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { createDashboardReader, type DashboardReader } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import type { Graph, Group, Lease, Problem, Status, TableState } from '../contract/index.ts';
import { openTestApp, type TestApp } from '../http/test-app.ts';
import { createStatusFeature } from './status-feature.ts';
import { type Stack, sell, shopPlan, startLayer } from './test/shop.ts';

/** A pipeline on the real stack, watched while its gold layer stops and comes back. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const name = `status-${run}`;
const raw = `${name}.raw`;
const plan = shopPlan(name, raw);
const planOf = async (pipeline: string) => {
  if (pipeline === name) return plan;
  throw new MedallionError('MED_NOT_CONFIGURED', { settings: pipeline });
};
const at = (what: string): string => `/api/operator/${name}/${what}`;

let stack: Stack;
let log: RecordLog;
let reader: DashboardReader;
let dashboard: TestApp;
const layers = new Map<string, { stop(): Promise<void> }>();

before(async () => {
  stack = await testStack();
  log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'status-test', log: silentLog });
  await log.ensureTopics([{ topic: raw, partitions: 2, retentionMs: 3_600_000, maxMessageBytes: 1_048_576 }]);
  reader = createDashboardReader({ databaseUrl: stack.databaseUrl, statementMs: 5_000 });
  dashboard = await openTestApp({
    reader,
    features: (parts) => [
      createStatusFeature(parts, { brokers: stack.kafkaBrokers, planOf, opsUrls: ['http://127.0.0.1:1'] }),
    ],
  });
  for (const layer of ['bronze', 'silver', 'gold'] as const) layers.set(layer, startLayer(layer, plan, stack));
});
after(async () => {
  await Promise.all([...layers.values()].map((layer) => layer.stop()));
  await dashboard.close();
  await reader.close();
  await log.close();
});

/** Sells and looks every second, as a generator and a page would, until the status is as wanted; the seconds that took. */
async function until(what: string, seconds: number, wanted: (status: Status) => boolean): Promise<[number, Status]> {
  const began = performance.now();
  let status: Status | null = null;
  while (performance.now() - began < seconds * 1_000) {
    await sell(log, raw, 8);
    const answer = await dashboard.get<Status>(at('status')).catch(() => null);
    if (answer?.status === 200) {
      status = answer.body;
      if (wanted(status)) return [(performance.now() - began) / 1_000, status];
    }
    await sleep(1_000);
  }
  throw new Error(`${what}: not within ${seconds} s: ${JSON.stringify(status, null, 1)}`);
}

const stateIn = ({ tables }: Status, table: string): TableState | undefined =>
  tables.find((each) => each.table === table)?.state;
const isFlowing = (status: Status): boolean =>
  status.state === 'flowing' && status.tables.every(({ state, accepted }) => state === 'flowing' && accepted !== 0);

test('a pipeline that runs flows: rates, counts, watermarks and freshness of every table', async () => {
  // A rate takes two looks, and each part is seen at its own time: a topic grows before its reader's position is stored.
  const isWhole = ({ tables, edges }: Status): boolean =>
    tables.every(({ rowsPerSecond }) => (rowsPerSecond ?? 0) > 0) &&
    edges.every(({ recordsPerSecond }) => (recordsPerSecond ?? 0) > 0) &&
    tables.every(({ lagSeconds }) => lagSeconds !== null && lagSeconds < 10) &&
    tables.every(({ freshness }) => freshness !== null && freshness.seconds < 20) &&
    tables.some(
      ({ table, quarantined, judged, failed }) =>
        table === 'silver' && quarantined! > 0 && failed > 0 && judged > failed,
    );
  const [, status] = await until('it flows', 60, (each) => isFlowing(each) && isWhole(each));
  const tables = ['accounts', 'bronze', 'per_minute', 'silver', 'totals'];
  assert.deepEqual(status.tables.map(({ table }) => table).sort(), tables);
  assert.equal(status.edges.length, tables.length, 'what each of them reads');
  for (const { why } of status.tables) assert.match(why, /read/);
  assert.deepEqual(
    status.services.map(({ state }) => state),
    ['unreachable'],
    'that a service is away takes nothing from the rest',
  );
});

test('the graph has the topic, every table and the flows between', async () => {
  const { body } = await dashboard.get<Graph>(at('graph'));
  assert.deepEqual(
    body.nodes.map(({ id, layer }) => [id, layer]),
    [
      [raw, 'source'],
      ['bronze', 'bronze'],
      ['silver', 'silver'],
      ['accounts', 'silver'],
      ['per_minute', 'gold'],
      ['totals', 'gold'],
    ],
  );
  assert.equal(body.nodes.find(({ id }) => id === 'silver')?.rules, 2);
  assert.equal(body.edges.find(({ source, target }) => source === 'bronze' && target === 'silver')?.flow, 'silver');
});

test('D3 D11 a gold layer that is gone shows as stalled within 10 s, and nothing else does; it heals when it is back', async () => {
  await layers.get('gold')!.stop();
  layers.delete('gold');
  const [took, status] = await until('it is stalled', 10, (each) => stateIn(each, 'per_minute') === 'stalled');
  assert.equal(status.state, 'stalled');
  console.log(`stalled after ${took.toFixed(1)} s`);
  assert.match(
    status.tables.find(({ table }) => table === 'per_minute')!.why,
    /records wait and none was read for \d+ s/,
  );
  assert.equal(stateIn(status, 'bronze'), 'flowing');
  assert.equal(stateIn(status, 'silver'), 'flowing');
  assert.ok(
    status.troubles.some(({ subject, remedy }) => subject === `${name}.silver` && /gold-aggregate/.test(remedy ?? '')),
  );
  const stalled = (await dashboard.get<Lease[]>(at('leases'))).body;
  assert.ok(stalled.some(({ topic, lag }) => topic === `${name}.silver` && lag! > 0));

  layers.set('gold', startLayer('gold', plan, stack));
  const [healed] = await until('it flows again', 40, isFlowing);
  console.log(`flowing ${healed.toFixed(1)} s after its start`);
});

test('D3 so does a layer before it, and what comes after waits for nothing', async () => {
  await layers.get('silver')!.stop();
  layers.delete('silver');
  const [, status] = await until('silver is stalled', 12, (each) => stateIn(each, 'silver') === 'stalled');
  assert.equal(stateIn(status, 'bronze'), 'flowing');
  assert.equal(stateIn(status, 'per_minute'), 'flowing');
  layers.set('silver', startLayer('silver', plan, stack));
  await until('it flows again', 40, isFlowing);
});

test('groups are shown with members, the partitions that they have, and how far they are', async () => {
  const { body } = await dashboard.get<Group[]>(at('groups'));
  assert.deepEqual(
    body.map(({ group, table }) => [group, table]),
    [
      [`${name}.bronze`, 'bronze'],
      [`${name}.silver`, 'silver'],
      [`${name}.accounts`, 'accounts'],
      [`${name}.gold`, null],
    ],
  );
  for (const { group, state, members, partitions } of body) {
    assert.equal(state, 'Stable', group);
    assert.deepEqual(
      members.flatMap((member) => member.partitions).sort(),
      partitions.map(({ topic, partition }) => `${topic}[${partition}]`).sort(),
      group,
    );
    for (const { committed, end, lag } of partitions) assert.equal(lag, end - (committed ?? 0));
  }
  assert.equal(body[0]?.members[0]?.clientId, 'bronze-test');
});

test('leases are shown with their owner and what waits', async () => {
  const { body } = await dashboard.get<Lease[]>(at('leases'));
  assert.equal(body.length, 12, 'two partitions of the topics of three tables and of their quarantines');
  for (const { owner, epoch, lag, updatedAt } of body) {
    assert.deepEqual([owner, epoch], ['gold@test', 2]);
    assert.ok(lag !== null && Math.abs(Date.now() - Date.parse(updatedAt)) < 120_000);
  }
});

test('K1 while Kafka is away what Postgres knows is shown, soon, and what is missing is said', async () => {
  const away = await openTestApp({
    reader,
    features: (parts) => [createStatusFeature(parts, { brokers: ['127.0.0.1:1'], planOf })],
  });
  try {
    const began = performance.now();
    const { status, body } = await away.get<Status>(at('status'));
    const took = performance.now() - began;
    assert.ok(took < 4_000, `${took} ms`);
    assert.equal(status, 200);
    assert.deepEqual(
      body.troubles.map(({ code, severity }) => [code, severity]),
      [['MED_LOG_UNAVAILABLE', 'error']],
    );
    assert.ok(body.tables.every(({ lagRecords, accepted }) => lagRecords === null && (accepted ?? 1) > 0));
    assert.match(body.tables.find(({ table }) => table === 'per_minute')!.why, /is not known/);
    const leases = await away.get<Lease[]>(at('leases'));
    assert.ok(leases.status === 200 && leases.body.every(({ lag }) => lag === null));
    const groups = await away.get<Problem>(at('groups'));
    assert.deepEqual([groups.status, groups.body.code], [503, 'MED_LOG_UNAVAILABLE']);
  } finally {
    await away.close();
  }
});

test('K2 a dashboard without Kafka says so, and one without the declaration too', async () => {
  const without = await openTestApp({ reader, features: (parts) => [createStatusFeature(parts, { planOf })] });
  const elsewhere = await openTestApp({
    reader,
    features: (parts) => [createStatusFeature(parts, { brokers: stack.kafkaBrokers })],
  });
  try {
    const { body } = await without.get<Status>(at('status'));
    assert.match(body.troubles[0]?.remedy ?? '', /KAFKA_BROKERS/);
    assert.equal((await without.get<Problem>(at('groups'))).body.code, 'MED_NOT_CONFIGURED');
    const undeclared = await elsewhere.get<Status>(at('status'));
    assert.match(undeclared.body.troubles[0]?.message ?? '', /declaration is not here/);
  } finally {
    await without.close();
    await elsewhere.close();
  }
});

test('a pipeline that is none is not found', async () => {
  for (const what of ['graph', 'status', 'groups', 'leases']) {
    const { status, body } = await dashboard.get<Problem>(`/api/operator/..%2F..%2Fnone/${what}`);
    assert.deepEqual([status, body.code], [404, 'MED_NOT_FOUND'], what);
  }
});
