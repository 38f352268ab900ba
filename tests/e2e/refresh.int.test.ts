import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog, systemClock } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { runInProcess } from '@medallion/host';
import { createKafkaAdmin, createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import { createGoldReader, createResetStore, createViewRebuild, type GoldReader } from '@medallion/postgres';
import { type LogAdmin, type RecordLog, rebuildView, resetTable } from '@medallion/runtime';
import { createTopic } from '../support/raw-topic.ts';
import { refreshShop } from '../support/refresh-shop.ts';
import { until } from '../support/until.ts';

/** Tables of every kind rebuilt on real Kafka, registry and Postgres. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const name = `refresh-${run}`;
const raw = `${name}.raw`;
const plan = refreshShop(name, { raw });

let log: RecordLog;
let admin: LogAdmin;
let reader: GoldReader;
let env: Readonly<Record<string, string>>;
let databaseUrl: string;
let stopping = new AbortController();
let running: Promise<void> | null = null;

before(async () => {
  const stack = await testStack();
  ({ databaseUrl } = stack);
  env = {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  };
  const options = { brokers: stack.kafkaBrokers, clientId: 'refresh-test', log: silentLog };
  log = createKafkaLog(options);
  admin = createKafkaAdmin(options);
  reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  await createTopic(log, raw, 2);
});
after(async () => {
  await stop();
  await log?.close();
  await admin?.close();
  await reader?.close();
});

function start(declared: PipelinePlan, once: boolean): Promise<void> {
  stopping = new AbortController();
  running = runInProcess({
    ...{ plan: declared, env, once, logger: silentLog, report: () => {} },
    signal: stopping.signal,
  });
  running.catch(() => {});
  return running;
}

async function stop(): Promise<void> {
  stopping.abort();
  await running?.catch(() => {});
}

/** Sales of twenty minutes: every tenth is behind the watermark, every seventh is bad, every ninth comes twice. */
async function send(from: number, to: number): Promise<void> {
  const appender = await log.appender();
  for (let n = from; n < to; n++) {
    const id = n % 9 === 8 ? n - 2 : n;
    const at = new Date(Date.parse('2026-01-01T11:00:00Z') + n * 6_000 - (n % 10 === 9 ? 300_000 : 0)).toISOString();
    const value = { sale_id: `s${id}`, account: `a${n % 3}`, at: n % 7 === 6 ? 'soon' : at, amount: 1 + (n % 4) };
    const record = { key: Buffer.from(`s${id}`), value: Buffer.from(JSON.stringify(value)), headers: {} };
    await appender.append([{ topic: raw, partition: id % 2, records: [record] }]);
  }
  await appender.close();
}

const tables = ['per_minute', 'lately', 'visits', 'accounts', 'totals'] as const;
const columns: Readonly<Record<(typeof tables)[number], string>> = {
  per_minute: 'window_start, account, sales, amount, most, ids',
  lately: 'window_start, sales',
  visits: 'window_start, window_end, account, sales, amount',
  accounts: 'sale_id, account, at, amount',
  totals: 'account, sales, amount',
};

/** All that users see but what tells of the time of processing. */
async function shown() {
  const all = await Promise.all([
    ...tables.map((table) => reader.query(`SELECT ${columns[table]} FROM ${table} ORDER BY 1, 2`)),
    reader.query(
      `SELECT table_name, flow, partition, outcome, records FROM medallion.table_counts WHERE pipeline = $1 ORDER BY 1, 2, 3, 4`,
      [name],
    ),
    reader.query(
      `SELECT view_name, event_time, window_start, watermark FROM medallion.late_records WHERE pipeline = $1 ORDER BY 1, 2, 3`,
      [name],
    ),
    reader.query(
      `SELECT table_name, outcome, partition, "row" ->> 'sale_id' AS id FROM quarantine ORDER BY 1, 2, 3, 4`,
    ),
  ]);
  return all;
}

const unbalanced = () =>
  reader.query('SELECT * FROM medallion.conservation WHERE pipeline = $1 AND difference <> 0', [name]);

async function feedAddsUp(): Promise<void> {
  const feed = await reader.query(
    `SELECT account, sum(CASE _change_type WHEN 'insert' THEN 1 WHEN 'update_postimage' THEN 1 ELSE -1 END)::integer AS n
     FROM account_changes GROUP BY 1 ORDER BY 1`,
  );
  const kept = await reader.query('SELECT account, count(*)::integer AS n FROM accounts GROUP BY 1 ORDER BY 1');
  assert.deepEqual(feed, kept);
}

async function rebuild(declared: PipelinePlan, viewName: string) {
  const view = declared.tables.find((table) => table.name === viewName) as MaterializedViewPlan;
  const rebuilding = await createViewRebuild({ databaseUrl, plan: declared, view });
  try {
    return await rebuildView({
      ...{ plan: declared, view, log, admin, rebuild: rebuilding, allowLoss: false },
      codecs: createRegistryCodecs({ url: env.SCHEMA_REGISTRY_URL! }),
    });
  } finally {
    await rebuilding.close();
  }
}

const accepted = async (view: string): Promise<number> =>
  (
    await reader.query<{ n: number }>(
      'SELECT coalesce(sum(records), 0)::bigint AS n FROM medallion.table_counts WHERE pipeline = $1 AND table_name = $2',
      [name, view],
    )
  )[0]!.n;

test('U1 U2 windowed views are built anew beside the services that go on, and what was wrong in them is right', async () => {
  await send(0, 120);
  await start(plan, true);
  const right = await shown();
  assert.ok((right[6] as readonly unknown[]).length > 0, 'some rows are late');
  await reader.query(`UPDATE per_minute__state SET sales = 99 WHERE account = 'a1'`);
  await reader.query(`DELETE FROM visits__state WHERE account = 'a2'`);
  await reader.query(`DELETE FROM medallion.table_counts WHERE pipeline = $1 AND table_name = 'visits'`, [name]);
  start(plan, false);
  const sending = send(120, 180);
  for (const view of ['per_minute', 'visits', 'lately']) assert.equal((await rebuild(plan, view)).mode, 'repaired');
  await sending;
  await stop();
  await start(plan, true);
  assert.deepEqual(await unbalanced(), []);
  const after = await shown();
  for (const view of ['per_minute', 'visits', 'lately'])
    assert.deepEqual(await rebuild(plan, view).then(({ written, removed }) => [view, written, removed]), [view, 0, 0]);
  assert.deepEqual(await shown(), after);
});

test('U4 a view that is declared otherwise is built while gold is away, and the services go on with it', async () => {
  const changed = refreshShop(name, { raw, minutes: 3, version: 2 });
  await assert.rejects(start(changed, true), { code: 'MED_TABLE_CHANGED' });
  assert.equal((await rebuild(changed, 'per_minute')).mode, 'built');
  await start(changed, true);
  const [{ sales, width }] = (await reader.query(
    `SELECT sum(sales)::bigint AS sales, max(window_end - window_start)::text AS width FROM per_minute`,
  )) as unknown as [{ sales: number; width: string }];
  const [{ lately }] = (await reader.query(
    `SELECT records AS lately FROM (SELECT sum(records)::bigint AS records FROM medallion.table_counts
       WHERE pipeline = $1 AND table_name = 'per_minute' AND outcome = 'accepted') c`,
    [name],
  )) as unknown as [{ lately: number }];
  assert.deepEqual([sales, width], [lately, '00:03:00']);
  assert.deepEqual(await unbalanced(), []);
  assert.equal((await rebuild(plan, 'per_minute')).mode, 'built');
  await start(plan, true);
});

test('U8 U12 a streaming table goes with all that depends on it, and comes back as it was', async () => {
  const before = await shown();
  start(plan, false);
  await until('a member', async () => ((await admin.members(`${name}.silver`)).length > 0 ? true : null), {
    timeoutMs: 300_000,
  });
  const store = createResetStore({ databaseUrl, plan });
  const reset = () =>
    resetTable({ plan, log, admin, store, clock: systemClock }, 'silver', { by: 'ann', allowLoss: false });
  try {
    await assert.rejects(reset(), (error: Error) => {
      assert.match(error.message, /its flows are running: .*\.silver \(.+\)/);
      return true;
    });
    await stop();
    const { scope } = await reset();
    assert.deepEqual(scope.tables, plan.tables.map((table) => table.name).slice(1));
    assert.deepEqual(
      [await accepted('silver'), await accepted('bronze')].map((n) => n > 0),
      [false, true],
    );
    for (const table of tables) assert.deepEqual(await reader.query(`SELECT FROM ${table}`), [], table);
    await start(plan, true);
    assert.deepEqual(await shown(), before);
    assert.deepEqual(await unbalanced(), []);
    await feedAddsUp();
  } finally {
    await store.close();
  }
});

test('U8 U14 a keyed table of another version is refused by the services, and made anew by a refresh; its feed adds up', async () => {
  const before = await shown();
  const changed = refreshShop(name, { raw, accountsVersion: 2 });
  await assert.rejects(start(changed, true), {
    code: 'MED_TABLE_CHANGED',
    message: new RegExp(`medallion refresh ${name} accounts --full`),
  });
  const store = createResetStore({ databaseUrl, plan: changed });
  try {
    await resetTable({ plan: changed, log, admin, store, clock: systemClock }, 'accounts', {
      ...{ by: 'ann', allowLoss: false },
    });
  } finally {
    await store.close();
  }
  await start(changed, true);
  assert.deepEqual(await shown(), before);
  await feedAddsUp();
});
