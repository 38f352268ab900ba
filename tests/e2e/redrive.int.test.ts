import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { runInProcess } from '@medallion/host';
import { createKafkaLog } from '@medallion/kafka';
import {
  between,
  isoInstant,
  json,
  materializedView,
  type PipelinePlan,
  pipeline,
  positive,
  streamingTable,
  topic,
} from '@medallion/pipeline';
import { createGoldReader, createRedriveStore, type GoldReader, refreshView } from '@medallion/postgres';
import { type RecordLog, redrive } from '@medallion/runtime';
import { int, row, string } from '@medallion/schema';
import { createTopic } from '../support/raw-topic.ts';
import { until } from '../support/until.ts';

/** A whole pipeline on real Kafka, registry and Postgres: what a rule refused, redriven after it was mended. */

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
const name = `redrive-${run}`;
const raw = `${name}.raw`;
const RawSale = row('RawSale', { sale_id: string(), account: string(), at: string(), amount: int() });

/** The same tables by strict rules, or by mended ones. */
function declared(rules: 'strict' | 'mended'): PipelinePlan {
  const bronze = streamingTable('bronze_sales').from(topic(raw, { format: json(RawSale), key: 'sale_id' }));
  const timed = streamingTable('silver_sales').from(bronze).expectOrQuarantine('valid_time', 'at', isoInstant);
  const silver =
    rules === 'strict'
      ? timed.expectOrQuarantine('amount_counts', 'amount', positive)
      : timed.expectOrQuarantine('amount_counts', 'amount', between(-10, 10));
  const accounts = streamingTable('accounts')
    .from(silver)
    .applyChanges({
      ...{ keys: ['sale_id', 'account'], sequenceBy: 'at', storedAs: 1 },
    });
  const totals = materializedView('totals')
    .from(accounts)
    .groupBy('account')
    .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
  return pipeline(name, { tables: [bronze, silver, accounts, totals] });
}

let log: RecordLog;
let reader: GoldReader;
let env: Readonly<Record<string, string>>;
let databaseUrl: string;
const stopping = new AbortController();

before(async () => {
  const stack = await testStack();
  ({ databaseUrl } = stack);
  env = {
    KAFKA_BROKERS: stack.kafkaBrokers.join(','),
    SCHEMA_REGISTRY_URL: stack.schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  };
  log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: 'redrive-test', log: silentLog });
  reader = createGoldReader({ databaseUrl, schemaName: declared('strict').schemaName });
  await createTopic(log, raw, 2);
});
after(async () => {
  stopping.abort();
  await log?.close();
  await reader?.close();
});

const start = (plan: PipelinePlan, once: boolean): Promise<void> =>
  runInProcess({ plan, env, once, logger: silentLog, report: () => {}, signal: stopping.signal });

async function send(sales: readonly (readonly [id: string, amount: number])[]): Promise<void> {
  const appender = await log.appender();
  for (const [i, [sale_id, amount]] of sales.entries()) {
    const value = JSON.stringify({
      sale_id,
      account: sale_id === 'e' ? null : sale_id,
      at: `2025-12-24T11:00:0${i}Z`,
      amount,
    });
    const record = { key: Buffer.from(sale_id), value: Buffer.from(value), headers: { trace: 'é' } };
    await appender.append([{ topic: raw, partition: i % 2, records: [record] }]);
  }
  await appender.close();
}

const store = (where?: string) =>
  createRedriveStore({ databaseUrl, pipeline: name, ...(where === undefined ? {} : { where }) });

async function redriven(where: string | undefined, dryRun = false) {
  const asked = store(where);
  try {
    return await redrive(log, declared('mended'), asked, { by: 'ann', dryRun });
  } finally {
    await asked.close();
  }
}

const accepted = async (table: string): Promise<number> =>
  (
    await reader.query<{ n: number }>(
      `SELECT coalesce(sum(records), 0)::bigint AS n FROM medallion.table_counts
       WHERE pipeline = $1 AND table_name = $2 AND outcome = 'accepted'`,
      [name, table],
    )
  )[0]!.n;

const unbalanced = () =>
  reader.query('SELECT * FROM medallion.conservation WHERE pipeline = $1 AND difference <> 0', [name]);

test('R1 R3 R6 redriven records are in their tables once, and every record is accounted for', async () => {
  await send([
    ['a', 1],
    ['b', -1],
    ['c', 2],
    ['d', 0],
  ]);
  await start(declared('strict'), true);
  assert.deepEqual([await accepted('silver_sales'), await accepted('accounts')], [2, 2]);

  const looked = await redriven("outcome = 'violation' AND redriven_at IS NULL", true);
  assert.deepEqual([looked.chosen, looked.sent, looked.flows.map(({ records }) => records)], [2, 0, [2]]);
  assert.equal(await log.partitions(`${name}.silver_sales.redrive`), null);
  assert.equal((await redriven(`"row" ->> 'sale_id' = 'b'`)).sent, 1);
  const { left, sent } = await redriven(undefined);
  assert.deepEqual([left.map(({ why, records }) => [why, records]), sent], [[['redriven before', 1]], 1]);
  await start(declared('mended'), true);
  assert.deepEqual([await accepted('silver_sales'), await accepted('accounts')], [4, 4]);
  assert.deepEqual(await unbalanced(), []);
  const rows = await reader.query<{ sale_id: string }>('SELECT sale_id FROM accounts ORDER BY 1');
  assert.deepEqual(
    rows.map(({ sale_id }) => sale_id),
    ['a', 'b', 'c', 'd'],
  );
  const marked = await reader.query<{ by: string }>(
    'SELECT DISTINCT redriven_by AS by FROM medallion.quarantined WHERE pipeline = $1',
    [name],
  );
  assert.deepEqual(marked, [{ by: 'ann' }]);
});

test('a refresh makes a view over tables equal to its inputs again, and refuses one that is declared otherwise', async () => {
  const totals = () => reader.query('SELECT account, sales, amount FROM totals ORDER BY 1');
  const right = await totals();
  assert.equal(right.length, 4);
  await reader.query(`DELETE FROM totals WHERE account = 'a'`);
  await reader.query(`UPDATE totals SET amount = 99 WHERE account = 'b'`);
  assert.notDeepEqual(await totals(), right);
  await refreshView(databaseUrl, declared('mended'), 'totals');
  assert.deepEqual(await totals(), right);
  const plan = declared('mended');
  const tables = plan.tables.map((table) => (table.name === 'totals' ? { ...table, comment: 'another' } : table));
  await assert.rejects(refreshView(databaseUrl, { ...plan, tables }, 'totals'), { code: 'MED_REFRESH_REFUSED' });
});

test('R4 services that run process what is redriven without a restart', async () => {
  const running = start(declared('strict'), false);
  await send([['e', 5]]);
  // Its key is null: the keyed table refuses it, and will again.
  await until(
    'the record is refused',
    async () => {
      const rows = await reader.query(
        `SELECT FROM medallion.quarantined WHERE pipeline = $1 AND "row" ->> 'sale_id' = 'e'`,
        [name],
      );
      return rows.length === 1 ? true : null;
    },
    { timeoutMs: 300_000 },
  );
  assert.equal((await redriven(`"row" ->> 'sale_id' = 'e'`)).sent, 1);
  await until(
    'it is refused again',
    async () => {
      const rows = await reader.query<{ topic: string }>(
        `SELECT topic FROM medallion.quarantined WHERE pipeline = $1 AND "row" ->> 'sale_id' = 'e' AND redriven_at IS NULL
         ORDER BY 1`,
        [name],
      );
      return rows[0]?.topic === `${name}.accounts.redrive` ? true : null;
    },
    { timeoutMs: 300_000 },
  );
  assert.deepEqual(await unbalanced(), []);
  stopping.abort();
  await running;
});
