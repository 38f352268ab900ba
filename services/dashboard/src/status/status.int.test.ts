import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { MedallionError, silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createKafkaLog } from '@medallion/kafka';
import { createDashboardReader, type DashboardReader } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import type { Graph, Group, Lease, Problem, Status, TableState } from '../contract/index.ts';
import { openTestApp, PATIENT_STATEMENT_MS, type TestApp } from '../http/test-app.ts';
import { soonerThan } from '../http/test-timer.ts';
import { createStatusFeature } from './status-feature.ts';
import { type Stack, sell, shopPlan, startLayer } from './test/shop.ts';

/** A pipeline on the real stack, watched while its gold layer stops and comes back. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const name = `status-${run}`;
const began = Date.now();
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
  reader = createDashboardReader({ databaseUrl: stack.databaseUrl, statementMs: PATIENT_STATEMENT_MS });
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

/** For what may take its time on a busy machine. */
const PATIENCE_MS = 120_000;

/** What an address answers, once the answer is as wanted: what is shown together is not seen at one moment. */
async function answered<T>(app: TestApp, what: string, wanted: (body: T) => boolean = () => true): Promise<T> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(500)) {
    const { status, body, text } = await app.get<T>(at(what));
    if (status === 200 && wanted(body)) return body;
    assert.ok(performance.now() < deadline, `${what}: ${status} ${text}`);
  }
}

/**
 * Sells and looks every second, as a generator and a page would, until the status is as wanted, which is told when the look
 * began, in ms.
 */
async function until(what: string, wanted: (status: Status, askedAt: number) => boolean): Promise<Status> {
  let status: Status | null = null;
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(1_000)) {
    await sell(log, raw, 8);
    const askedAt = performance.now();
    const answer = await dashboard.get<Status>(at('status')).catch(() => null);
    if (answer?.status !== 200) continue;
    status = answer.body;
    if (wanted(status, askedAt)) return status;
  }
  throw new Error(`${what}: not within ${PATIENCE_MS} ms: ${JSON.stringify(status, null, 1)}`);
}

const tableIn = ({ tables }: Status, table: string) => tables.find((each) => each.table === table)!;
const stateIn = (status: Status, table: string): TableState => tableIn(status, table).state;
const isFlowing = (status: Status): boolean =>
  status.state === 'flowing' && status.tables.every(({ state, accepted }) => state === 'flowing' && accepted !== 0);

/**
 * The status in which a table is stalled and others flow. Of the time before, only looks count that found records waiting
 * and no stall yet: from the first to the last of them is less than ten seconds, however long each look took.
 */
async function stalls(table: string, others: readonly string[]): Promise<Status> {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  const status = await until(`${table} is stalled, and ${others} are not`, (each, askedAt) => {
    const { state, lagRecords } = tableIn(each, table);
    if (state !== 'stalled' && lagRecords! > 0) {
      first = Math.min(first, askedAt);
      last = askedAt;
    }
    return state === 'stalled' && others.every((other) => stateIn(each, other) === 'flowing');
  });
  assert.ok(last - first < 10_000, `it was not shown for ${last - first} ms`);
  return status;
}

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
  const status = await until('it flows', (each) => isFlowing(each) && isWhole(each));
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
  const status = await stalls('per_minute', ['bronze', 'silver']);
  assert.equal(status.state, 'stalled');
  assert.match(tableIn(status, 'per_minute').why, /records wait and none was read for \d+ s/);
  assert.ok(
    status.troubles.some(({ subject, remedy }) => subject === `${name}.silver` && /gold-aggregate/.test(remedy ?? '')),
  );
  await answered<Lease[]>(dashboard, 'leases', (leases) =>
    leases.some(({ topic, lag }) => topic === `${name}.silver` && lag! > 0),
  );
  layers.set('gold', startLayer('gold', plan, stack));
  await until('it flows again', isFlowing);
});

test('D3 so does a layer before it, and what comes after waits for nothing', async () => {
  await layers.get('silver')!.stop();
  layers.delete('silver');
  await stalls('silver', ['bronze', 'per_minute']);
  layers.set('silver', startLayer('silver', plan, stack));
  await until('it flows again', isFlowing);
});

test('groups are shown with members, the partitions that they have, and how far they are', async () => {
  // A group that a busy machine kept from telling that it lives gives its partitions out anew.
  const isSettled = ({ state, members, partitions }: Group): boolean =>
    state === 'Stable' && members.flatMap((member) => member.partitions).length === partitions.length;
  const body = await answered<Group[]>(dashboard, 'groups', (groups) => groups.every(isSettled));
  assert.deepEqual(
    body.map(({ group, table }) => [group, table]),
    [
      [`${name}.bronze`, 'bronze'],
      [`${name}.silver`, 'silver'],
      [`${name}.accounts`, 'accounts'],
      [`${name}.gold`, null],
    ],
  );
  for (const { group, members, partitions } of body) {
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
  const stored = (): Promise<readonly { readonly epoch: number }[]> =>
    reader.query('SELECT topic, partition, owner, epoch FROM medallion.lease WHERE pipeline = $1 ORDER BY 1, 2', [
      name,
    ]);
  const shown = (leases: readonly Lease[]) =>
    leases
      .map(({ topic, partition, owner, epoch }) => ({ topic, partition, owner, epoch }))
      .toSorted((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  // Of one moment: the same in Postgres before and after.
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    const before = await stored();
    const body = await answered<Lease[]>(dashboard, 'leases', (leases) => leases.every(({ lag }) => lag !== null));
    const isSteady = isDeepStrictEqual(before, await stored());
    assert.ok(isSteady || performance.now() < deadline, 'leases go from hand to hand');
    if (!isSteady) continue;
    assert.equal(body.length, 12, 'two partitions of the topics of three tables and of their quarantines');
    assert.deepEqual(shown(body), before);
    for (const { owner, epoch, updatedAt } of body) {
      assert.ok(owner === 'gold@test' && epoch >= 2, `${owner} ${epoch}: it was started twice`);
      assert.ok(Date.parse(updatedAt) >= began - 1_000 && Date.parse(updatedAt) <= Date.now() + 1_000, updatedAt);
    }
    return;
  }
});

test('K1 while Kafka is away what Postgres knows is shown, soon, and what is missing is said', async () => {
  const away = await openTestApp({
    reader,
    features: (parts) => [createStatusFeature(parts, { brokers: ['127.0.0.1:1'], planOf })],
  });
  try {
    // Postgres, which a busy machine may keep from answering in time, is known once it has.
    const body = await answered<Status>(away, 'status', ({ troubles }) => troubles.length === 1);
    assert.deepEqual(
      body.troubles.map(({ code, severity }) => [code, severity]),
      [['MED_LOG_UNAVAILABLE', 'error']],
    );
    await sleep(1_100); // a look of a second ago would be good enough
    // 1.8 s for Postgres, as much for Kafka, half a second for timestamps; the rest is no waiting.
    const { status } = await soonerThan(5_000, () => away.get(at('status')));
    assert.equal(status, 200);
    assert.ok(body.tables.every(({ lagRecords, accepted }) => lagRecords === null && (accepted ?? 1) > 0));
    assert.match(tableIn(body, 'per_minute').why, /is not known/);
    assert.ok((await answered<Lease[]>(away, 'leases')).every(({ lag }) => lag === null));
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
    assert.match((await answered<Status>(without, 'status')).troubles[0]?.remedy ?? '', /KAFKA_BROKERS/);
    assert.equal((await without.get<Problem>(at('groups'))).body.code, 'MED_NOT_CONFIGURED');
    const { troubles } = await answered<Status>(elsewhere, 'status');
    assert.match(troubles[0]?.message ?? '', /declaration is not here/);
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
