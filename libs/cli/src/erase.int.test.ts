import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { loadPipeline } from '@medallion/host';
import { createKafkaLog } from '@medallion/kafka';
import { createGoldReader, type GoldReader, personalRole, readerRole, readerSchema } from '@medallion/postgres';
import { medallion } from './medallion.ts';

/** One of the pipelines as it is declared: who may see its personal columns, and the command that erases a customer. */

const PIPELINE = 'lakeflow-customers';
const ORDERS = 'lakeflow.orders';
const { kafkaBrokers, schemaRegistryUrl, databaseUrl } = await testStack();
const plan = await loadPipeline(PIPELINE);
const landing = mkdtempSync(join(tmpdir(), 'medallion-erase-'));
const env = {
  KAFKA_BROKERS: kafkaBrokers.join(','),
  SCHEMA_REGISTRY_URL: schemaRegistryUrl,
  DATABASE_URL: databaseUrl,
  LANDING_URL: landing,
  FILES_SETTLE_MS: '0',
};
let reader: GoldReader;

async function run(...args: string[]) {
  const written = { out: '', err: '' };
  const exit = await medallion(args, env, {
    out: (text) => {
      written.out += text;
    },
    say: (text) => {
      written.err += text;
    },
  });
  return { exit, ...written };
}

const at = (minute: number): string => `2026-01-05T10:0${minute}:00Z`;
const customer = (id: number, name: string, minute: number) =>
  JSON.stringify({
    ...{ customer_id: id, customer_name: name, email: `${name.toLowerCase()}@example.com`, segment: 'home' },
    ...{ operation: 'UPSERT', changed_at: at(minute) },
  });
const address = (id: number, street: string, minute: number) => `${id},${street},Oslo,OS,01234,UPSERT,${at(minute)}`;

before(async () => {
  reader = createGoldReader({ databaseUrl, schemaName: plan.schemaName });
  for (const folder of ['customers', 'addresses']) mkdirSync(join(landing, PIPELINE, folder), { recursive: true });
  const land = (file: string, lines: readonly string[]) =>
    writeFileSync(join(landing, PIPELINE, file), `${lines.join('\n')}\n`);
  land('customers/1.json', [
    customer(17, 'Ann', 1),
    customer(18, 'Bob', 1),
    customer(17, 'Anna', 2),
    customer(17, '', 3),
  ]);
  land('addresses/1.csv', [
    'customer_id,address_line,city,state,zip_code,operation,changed_at',
    ...[address(17, '1 Elm', 1), address(18, '2 Oak', 1), address(17, '3 Ash', 2)],
  ]);
  const log = createKafkaLog({ brokers: kafkaBrokers, clientId: 'erase-command', log: silentLog });
  await log.ensureTopics([{ topic: ORDERS, partitions: 2, retentionMs: 86_400_000, maxMessageBytes: 1_048_576 }]);
  const appender = await log.appender();
  const order = (id: string, who: number) => ({
    ...{ order_id: id, customer_id: who, item_count: 2, order_amount: 10, order_status: 'paid', operation: 'UPSERT' },
    changed_at: at(1),
  });
  const records = [order('a', 17), order('b', 18), order('c', 17)].map((value) => ({
    ...{ key: Buffer.from(value.order_id), value: Buffer.from(JSON.stringify(value)), headers: {} },
  }));
  await appender.append([{ topic: ORDERS, partition: 0, records }]);
  await appender.close();
  await log.close();
  const ran = await run('run', PIPELINE, '--once');
  assert.equal(ran.exit, 0, ran.err);
});
after(async () => {
  rmSync(landing, { recursive: true, force: true });
  await reader?.close();
});

/** A query as a role, which a superuser becomes too by SET ROLE. */
const as = (role: string, sql: string): Promise<readonly object[]> =>
  reader.snapshot(async (query) => {
    await query(`SET LOCAL ROLE "${role}"`);
    return query(sql);
  });

test('readers of a layer see personal columns of a pipeline masked, and those with the right as they are', async () => {
  const columns = 'customer_id, customer_name, email, address_line, city, total_orders';
  const masked = `SELECT ${columns} FROM "${readerSchema(plan)}".gold_customer_orders ORDER BY 1`;
  const gold = readerRole(plan, 'gold');
  const hidden = { customer_name: '***', email: '***', address_line: '***', city: 'Oslo' };
  assert.deepEqual(await as(gold, masked), [
    { customer_id: 17, ...hidden, total_orders: 2 },
    { customer_id: 18, ...hidden, total_orders: 1 },
  ]);
  await assert.rejects(as(gold, 'SELECT email FROM gold_customer_orders'), /permission denied/);
  const silver = readerRole(plan, 'silver');
  const history = `SELECT address_line, city FROM "${readerSchema(plan)}".silver_addresses WHERE customer_id = 17`;
  assert.deepEqual(await as(silver, history), [
    { address_line: '***', city: 'Oslo' },
    { address_line: '***', city: 'Oslo' },
  ]);
  await assert.rejects(as(silver, masked), /permission denied/);
  await reader.query(`GRANT "${personalRole(plan)}" TO "${gold}"`);
  try {
    assert.deepEqual((await as(gold, masked))[0], {
      ...{ customer_id: 17, customer_name: 'Anna', email: 'anna@example.com', address_line: '3 Ash', city: 'Oslo' },
      total_orders: 2,
    });
  } finally {
    await reader.query(`REVOKE "${personalRole(plan)}" FROM "${gold}"`);
  }
});

test('erase shows what it would do, does it, and finds nothing the second time', async () => {
  const args = ['erase', PIPELINE, '--customer', '17', '--by', 'ann'];
  const dry = JSON.parse((await run(...args, '--dry-run', '--json')).out);
  assert.deepEqual([dry.dryRun, dry.subject, dry.behind], [true, 'customer', []]);
  const done = await run(...args, '--json');
  assert.equal(done.exit, 0, done.err);
  const { tables, topics } = JSON.parse(done.out);
  assert.deepEqual([tables, topics], [dry.tables, dry.topics]);
  const rows = Object.fromEntries(tables.map((each: { table: string; rows: number }) => [each.table, each.rows]));
  assert.deepEqual(rows, {
    ...{ silver_customers: 1, silver_addresses: 2, silver_orders: 2, gold_customer_orders: 1 },
    // The customer without a name.
    'medallion.quarantine': 1,
  });
  for (const [table, kept] of Object.entries({ silver_customers: 1, silver_addresses: 1, gold_customer_orders: 1 }))
    assert.deepEqual(await reader.query(`SELECT customer_id FROM ${table}`), Array(kept).fill({ customer_id: 18 }));
  const again = await run(...args);
  assert.equal(again.exit, 0, again.err);
  assert.match(again.out, /bronze_customers\[\d+\].*kept.*20\d\d-\d\d-\d\d/);
  assert.doesNotMatch(again.out, /deleted/);
  const unknown = await run('erase', PIPELINE, '--customer', '9999');
  assert.deepEqual([unknown.exit, unknown.out], [0, 'nothing of this customer was found\n'], unknown.err);
});

test('erase refuses nobody, subjects that are not declared, and names that nobody can have', async () => {
  for (const [args, says] of [
    [[], /say whom/],
    [['--subject', 'employee=1'], /declares no "employee", only customer/],
    [['--customer', 'x'], /"x" is no whole number/],
    [['--customer', '1', '--allow', 'all'], /"all" is not unreadable/],
  ] as const) {
    const { exit, err } = await run('erase', PIPELINE, ...args);
    assert.equal(exit, 2);
    assert.match(err, says);
  }
});
