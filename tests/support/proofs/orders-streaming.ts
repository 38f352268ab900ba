import assert from 'node:assert/strict';
import { DATA_SET, INPUTS } from '@medallion/orders-generator';
import type { PipelineProof } from '../pipeline-proof.ts';
import { until } from '../until.ts';
import { rulesOf } from './rules-of.ts';

const NAME = 'orders-streaming';
const TOPIC = 'source.orders';
/** A snapshot comes with every so many steps. */
const PHASE = 3;

/** Compared as they are; the facts and dimensions are compared by what their keys stand for. */
const TABLES = [
  ...['order_stream', 'customer_mv'],
  ...['silver_orders', 'filtered_orders_append', 'orders_current'],
  ...['append_orders_stream', 'dim_customer', 'dim_product', 'dim_date'],
];

const FACTS = `
  SELECT f.order_id, f.order_status, f.quantity, f.amount, f.order_timestamp::timestamptz AS order_timestamp,
         c.customer_id, p.product_id, d.order_date
  FROM actual.fact_orders f
  JOIN actual.dim_customer c USING (customer_key)
  JOIN actual.dim_product p USING (product_key)
  JOIN actual.dim_date d USING (date_key)`;

/** Feeds orders-streaming snapshot by snapshot, each with its orders; also the keys of its customers must stay the same. */
export async function proveOrdersStreaming(proof: PipelineProof): Promise<void> {
  const steps = [...INPUTS[NAME]!.scenario(DATA_SET)];
  const phases: { file: string; partition: number; first: number; after: number }[] = [];
  const { scratch } = proof;
  const compare = async (): Promise<readonly string[]> => {
    const ends = await proof.ends(TOPIC);
    await proof.makeOracle(async () => {
      await scratch.query('CREATE TABLE oracle.phases (file text, partition int, first bigint, after bigint)');
      const open = phases.map((phase) => ({ ...phase, after: Math.min(phase.after, ends[phase.partition]!) }));
      await scratch.add('phases', open);
    });
    return [
      ...(await scratch.compare(TABLES)),
      ...(await scratch.differences('fact_orders', FACTS, 'SELECT * FROM oracle.fact_orders')),
      ...(await rulesOf(proof)),
    ];
  };
  const customerKeys = async (): Promise<ReadonlyMap<string, number>> => {
    const rows = await scratch.query<{ id: string; key: number }>(
      'SELECT customer_id AS id, customer_key AS key FROM orders_streaming.dim_customer',
    );
    return new Map(rows.map(({ id, key }) => [String(id), Number(key)]));
  };
  let keys: ReadonlyMap<string, number> = new Map();
  for (let from = 0; from < steps.length; from += PHASE) {
    const [first, ...others] = steps.slice(from, from + PHASE);
    const file = `${NAME}/customers/customers_${String(from / PHASE + 1).padStart(4, '0')}.csv`;
    const before = await proof.ends(TOPIC);
    phases.forEach((phase) => {
      phase.after = Math.min(phase.after, before[phase.partition]!);
    });
    for (const [partition, end] of before.entries())
      phases.push({ file, partition, first: end, after: Number.MAX_SAFE_INTEGER });

    // The customers first: a row of a stream is joined with what is known when it comes.
    await proof.stack.feed({ ...first!, records: [] });
    const customers = (first!.files[0]!.bytes.toString().match(/\n/g)?.length ?? 0) - 1;
    await until(
      `the customers of ${file}`,
      async () => {
        const rows = await scratch.query<{ n: string }>('SELECT count(*) AS n FROM orders_streaming.customer_mv');
        return Number(rows[0]?.n) === customers || null;
      },
      { timeoutMs: 300_000, giveUp: proof.stack.giveUp },
    );
    proof.tell(`${file} is known`);
    await proof.feedWithKills([{ ...first!, files: [] }, ...others]);
    assert.deepEqual(await proof.settle(compare), []);
    proof.tell(`equal after ${from + PHASE} steps`);

    const now = await customerKeys();
    assert.equal(new Set(now.values()).size, now.size, 'no key stands for two customers');
    assert.equal(now.get('null'), 0, 'there is an unknown member');
    for (const [id, key] of keys)
      if (now.has(id)) assert.equal(now.get(id), key, `the key of customer ${id} is the same for ever`);
    keys = now;
  }
}
