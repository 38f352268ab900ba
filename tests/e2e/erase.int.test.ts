import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { minutes, silentLog, systemClock } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { runInProcess } from '@medallion/host';
import { createKafkaLog, createRegistryCodecs, createTruncation } from '@medallion/kafka';
import {
  changeFeed,
  days,
  isoInstant,
  json,
  materializedView,
  notNull,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { createErasureStore, createGoldReader, type GoldReader } from '@medallion/postgres';
import { type EraseRequest, erase, groupOf, type RecordLog } from '@medallion/runtime';
import { int, long, row, string } from '@medallion/schema';
import { createTopic } from '../support/raw-topic.ts';
import { until } from '../support/until.ts';

/** Somebody is erased from a pipeline with a table of every kind, on real Kafka, registry and Postgres. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const name = `erase-${run}`;
const raw = `${name}.raw`;
/** Another number holds hers, so she is looked for as a word. */
const ZOE = { id: 7_770_001, name: 'Zoe Quux' };
const WORDS = `\\m(${ZOE.id}|${ZOE.name})\\M`;

const Sale = row('Sale', { sale: string(), customer: long(), name: string(), amount: int(), at: string() });
const bronze = streamingTable('bronze')
  .from(topic(raw, { format: json(Sale), key: 'customer', raw: true }))
  .identifies('customer', 'customer')
  .personal('name')
  .queryable({ partitionBy: 'ingestion_date', retention: days(30) });
const silver = streamingTable('silver')
  .from(bronze)
  .expectOrQuarantine('known', 'customer', notNull)
  .expectOrQuarantine('timed', 'at', isoInstant)
  .expectOrQuarantine('paid', 'amount', positive)
  .expectOrDrop('sold', 'sale', notNull)
  .eventTime('at', { watermarkDelay: minutes(5) })
  .select('sale', 'customer', 'name', 'amount', 'at');
const sales = streamingTable('sales')
  .from(silver)
  .applyChanges({ keys: ['sale', 'customer'], sequenceBy: 'at' });
const names = streamingTable('names')
  .from(silver)
  .applyChanges({ keys: ['customer'], sequenceBy: 'at', storedAs: 2, trackHistory: ['name'] });
const salesFeed = changeFeed('sales_feed').from(sales);
const people = materializedView('people')
  .from(sales)
  .groupBy('customer', 'name')
  .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
const dimension = materializedView('dimension')
  .from(sales)
  .groupBy('customer')
  .aggregate((a) => ({ sales: a.count() }))
  .surrogateKey('customer_key');
const all = materializedView('by_amount')
  .from(sales)
  .groupBy('amount')
  .aggregate((a) => ({ sales: a.count() }));
const windows = materializedView('windows')
  .from(silver)
  .windowedBy(tumbling(minutes(5)))
  .aggregate((a) => ({ sales: a.count(), customers: a.countDistinct('customer') }));
const windowsOfEach = materializedView('windows_of_each')
  .from(silver)
  .windowedBy(tumbling(minutes(5)))
  .groupBy('customer')
  .aggregate((a) => ({ sales: a.count() }));
const plan = pipeline(name, {
  tables: [bronze, silver, sales, names, salesFeed, people, dimension, all, windows, windowsOfEach],
});

let log: RecordLog;
let reader: GoldReader;
const stopping = new AbortController();
let running: Promise<void> | undefined;
const { databaseUrl, kafkaBrokers, schemaRegistryUrl } = await testStack();

before(async () => {
  const env = {
    KAFKA_BROKERS: kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  };
  log = createKafkaLog({ brokers: kafkaBrokers, clientId: 'erase-test', log: silentLog });
  reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  await createTopic(log, raw, 2);
  const { signal } = stopping;
  running = runInProcess({ plan, env, once: false, logger: silentLog, report: () => {}, signal });
  await until(
    'the pipeline runs',
    async () =>
      (await reader.query(`SELECT to_regclass('"${plan.schemaName}".sales') AS t`))[0]?.t === null ? null : true,
    { timeoutMs: 300_000 },
  );
});
after(async () => {
  stopping.abort();
  await running;
  await log?.close();
  await reader?.close();
});

/** Everything that was sent is in all tables. */
const settled = (): Promise<true> =>
  until(
    'everything is read',
    async () => {
      const reads = { bronze: raw, silver: `${name}.bronze`, sales: `${name}.silver`, names: `${name}.silver` };
      for (const [flow, of] of Object.entries(reads)) {
        const committed = await log.committed(groupOf(plan, flow), of);
        for (const { partition, high } of (await log.partitions(of)) ?? [])
          if ((committed.get(partition)?.offset ?? 0) < high) return null;
      }
      const leases = await reader.query<{ topic: string; partition: number; next: number }>(
        'SELECT topic, partition, next_offset AS next FROM medallion.lease WHERE pipeline = $1',
        [name],
      );
      for (const [of, held] of Map.groupBy(leases, (lease) => lease.topic))
        for (const { partition, high } of (await log.partitions(of)) ?? [])
          if (held.find((lease) => lease.partition === partition)?.next !== high) return null;
      return leases.length > 0 ? true : null;
    },
    { timeoutMs: 300_000 },
  );

async function eraseZoe(over: Partial<EraseRequest> = {}) {
  const store = createErasureStore({ databaseUrl, plan });
  const truncation = createTruncation({ brokers: kafkaBrokers, clientId: 'erase-test', log: silentLog });
  try {
    return await erase(
      {
        ...{ log, store, truncation, now: systemClock.now },
        codecs: createRegistryCodecs({ url: schemaRegistryUrl }),
        sleep: (ms) => sleep(ms),
      },
      plan,
      { subject: 'customer', id: String(ZOE.id), by: 'ann', patienceMs: 120_000, ...over },
    );
  } finally {
    await store.close();
    await truncation.close();
  }
}

async function send(records: readonly (object | string)[]): Promise<void> {
  const appender = await log.appender();
  for (const record of records) {
    const value = Buffer.from(typeof record === 'string' ? record : JSON.stringify(record));
    const customer = typeof record === 'object' && 'customer' in record ? Number(record.customer) : 0;
    const key = Buffer.from(String(customer));
    await appender.append([{ topic: raw, partition: customer % 2, records: [{ key, value, headers: {} }] }]);
  }
  await appender.close();
}

const at = (minute: number): string => `2026-01-05T10:${String(minute).padStart(2, '0')}:00Z`;
const sale = (n: number, customer: object, minute: number, over: object = {}) => ({
  ...{ sale: `s${n}`, amount: 1 + (n % 3), at: at(minute), ...over },
  ...('id' in customer ? { customer: customer.id, name: 'name' in customer ? customer.name : null } : customer),
});
const BOB = { id: 8, name: 'Bob' };

/** Tables of the pipeline's schema, and of control tables the rows of the pipeline, that name Zoe anywhere. */
async function whereZoeIs(): Promise<readonly string[]> {
  const tables = await reader.query<{ t: string }>(
    `SELECT quote_ident(relname) AS t FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p', 'v')`,
    [`"${plan.schemaName}"`],
  );
  const found: string[] = [];
  for (const { t } of tables) {
    const rows = await reader.query(`SELECT FROM ${t} AS r WHERE r::text ~ '${WORDS}' LIMIT 1`);
    if (rows.length > 0) found.push(t);
  }
  for (const t of ['quarantine', 'late_records', 'event_log'])
    if (
      (
        await reader.query(
          `SELECT FROM medallion.${t} AS r WHERE pipeline = $1 AND (r::text ~ '${WORDS}'
             OR r::text LIKE '%' || encode('${ZOE.name}', 'hex') || '%' OR r::text LIKE '%' || encode('${ZOE.id}', 'hex') || '%') LIMIT 1`,
          [name],
        )
      ).length > 0
    )
      found.push(t);
  return found.sort();
}

/** What everybody else has. */
const others = async () => ({
  sales: await reader.query(`SELECT * FROM sales WHERE customer <> ${ZOE.id} ORDER BY sale`),
  names: await reader.query(`SELECT * FROM names WHERE customer <> ${ZOE.id} ORDER BY customer, "__START_AT"`),
  people: await reader.query(`SELECT * FROM people WHERE customer <> ${ZOE.id} ORDER BY customer, name`),
  dimension: await reader.query(
    `SELECT * FROM dimension WHERE customer IS DISTINCT FROM ${ZOE.id} ORDER BY customer_key`,
  ),
  feed: await reader.query(`SELECT * FROM sales_feed WHERE customer <> ${ZOE.id} ORDER BY _commit_version, sale`),
  copy: await reader.query(
    `SELECT * FROM bronze WHERE (customer IS NULL OR customer <> ${ZOE.id}) AND coalesce(_rescued_data, '') !~ '${WORDS}|u0037770001'
     ORDER BY source_partition, source_offset`,
  ),
  quarantine: await reader.query(
    `SELECT topic, partition, "offset", "row" FROM medallion.quarantine
     WHERE pipeline = $1 AND "row"::text !~ '${WORDS}' ORDER BY 1, 2, 3`,
    [name],
  ),
  windows: await reader.query('SELECT * FROM windows ORDER BY 1'),
});

const EVERYWHERE = [
  ...['bronze', 'dimension', 'dimension__keys', 'late_records', 'names', 'people', 'quarantine', 'sales', 'sales_feed'],
  ...['windows__customers__members', 'windows_of_each', 'windows_of_each__state'],
];

test('Z2 Z4 a person goes from tables of every kind and from quarantine, others stay as they were', async () => {
  await send([
    ...[sale(1, ZOE, 1), sale(2, BOB, 1), sale(3, ZOE, 2), sale(4, { id: 9, name: 'Eve' }, 2), sale(1, ZOE, 3)],
    // Refused by a rule, with a number that fits no column, as no JSON, and of somebody whose number holds Zoe's.
    ...[sale(5, ZOE, 3, { amount: 0 }), sale(6, BOB, 3, { amount: 0 })],
    sale(7, { customer: [ZOE.id], name: ZOE.name, more: { customer: ZOE.id } }, 3),
    `{"customer": ${ZOE.id}, "name": "${ZOE.name}"`,
    // Somebody else's sale, whose text alone says that she has a part in it, with a digit escaped.
    `{"sale":"s17","customer":8,"name":"Bob","amount":1,"at":"${at(4)}","with":{"customer":"\\u0037770001"}}`,
    sale(8, { id: 17_770_001, name: 'Max' }, 4),
    // Moves the watermark, so that what follows is late.
    ...[sale(9, BOB, 40), sale(10, { id: 17_770_001, name: 'Max' }, 40)],
  ]);
  await settled();
  const final = `SELECT FROM medallion.watermarks WHERE pipeline = $1 AND final_through >= '${at(35)}'`;
  await until('windows are closed', async () => ((await reader.query(final, [name])).length > 0 ? true : null), {
    timeoutMs: 300_000,
  });
  // Late ones, and one whose window is open.
  await send([sale(11, ZOE, 4), sale(12, BOB, 4), sale(16, ZOE, 41)]);
  await settled();
  const before = await whereZoeIs();
  assert.deepEqual(
    EVERYWHERE.filter((table) => !before.includes(table)),
    [],
    before.join(', '),
  );
  const escaped = `SELECT FROM bronze WHERE _raw LIKE '%u0037770001%'`;
  assert.equal((await reader.query(escaped)).length, 1);
  const [kept, counted] = [await others(), await reader.query('SELECT amount, sales FROM by_amount ORDER BY 1')];

  const dry = await eraseZoe({ dryRun: true, unreadable: true });
  assert.deepEqual(dry.behind, []);
  assert.deepEqual(await whereZoeIs(), before);
  const done = await eraseZoe({ unreadable: true });
  assert.deepEqual([done.tables, done.topics], [dry.tables, dry.topics]);
  assert.deepEqual([await whereZoeIs(), await reader.query(escaped)], [[], []]);
  assert.deepEqual(await others(), kept);
  assert.notDeepEqual(await reader.query('SELECT amount, sales FROM by_amount ORDER BY 1'), counted);
  assert.deepEqual(
    await reader.query('SELECT amount, sales FROM by_amount ORDER BY 1'),
    await reader.query('SELECT amount, count(*)::bigint AS sales FROM sales GROUP BY 1 ORDER BY 1'),
  );
  const rows = Object.fromEntries(done.tables.map(({ table, action, rows }) => [table, `${action} ${rows}`]));
  assert.equal(rows.sales, 'deleted 4');
  assert.equal(rows.people, 'recomputed 1');
  assert.match(rows['medallion.quarantine']!, /^deleted [34]$/);
  const logged = await reader.query(
    `SELECT detail ->> 'by' AS by FROM medallion.event_log WHERE pipeline = $1 AND kind = 'person_erased'`,
    [name],
  );
  assert.deepEqual(logged, [{ by: 'ann' }]);
});

test('Z5 the gold layer reads what was deleted from changelogs, nobody comes back, and new data is new', async () => {
  await send([sale(13, BOB, 41)]);
  await settled();
  assert.deepEqual(await whereZoeIs(), []);
  const again = await eraseZoe({ unreadable: true });
  assert.equal(
    again.tables.every(({ rows }) => rows === 0),
    true,
    JSON.stringify(again.tables),
  );
  const [before] = await reader.query<{ n: number }>('SELECT max(customer_key) AS n FROM dimension');
  await send([sale(14, ZOE, 42)]);
  await settled();
  assert.deepEqual(await reader.query(`SELECT sale FROM sales WHERE customer = ${ZOE.id}`), [{ sale: 's14' }]);
  // Her integer was given to nobody else, and she is somebody new.
  const [key] = await reader.query<{ n: number }>(`SELECT customer_key AS n FROM dimension WHERE customer = ${ZOE.id}`);
  assert.equal(key!.n > before!.n, true);
});

test('Z7 truncated, topics hold nothing of the person any more, and the pipeline goes on', async () => {
  const done = await eraseZoe({ unreadable: true, truncate: true });
  assert.deepEqual(done.behind, []);
  assert.deepEqual(
    done.topics.filter(({ action }) => action === 'kept'),
    [],
  );
  const left = await eraseZoe({ dryRun: true });
  assert.deepEqual(left.topics, []);
  await send([sale(15, BOB, 43)]);
  await settled();
  assert.deepEqual(await reader.query(`SELECT customer FROM sales WHERE sale = 's15'`), [{ customer: 8 }]);
});
