import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DATA_SET, INPUTS } from '@medallion/orders-generator';
import { PipelineProof } from '../support/pipeline-proof.ts';

const NAME = 'circuit-box';
const TABLES = [
  ...['bronze_customers', 'bronze_addresses', 'bronze_orders'],
  ...['silver_customers_clean', 'silver_customers', 'silver_addresses_clean', 'addresses_current', 'silver_addresses'],
  ...['silver_orders_clean', 'orders_current', 'silver_orders', 'silver_order_items_clean', 'silver_order_items'],
  ...['gold_order_lines', 'gold_order_summary', 'gold_sales_by_state', 'gold_sales_by_month', 'gold_top_products'],
];

const RULES = `
  SELECT table_name, rule, records, passed, failed, dropped FROM medallion.data_quality_metrics
  WHERE pipeline = '${NAME}'`;

describe('circuit-box from its input to its gold tables, with restarts', () => {
  let proof: PipelineProof;
  let passed = false;
  const steps = [...INPUTS[NAME]!.scenario(DATA_SET)];

  before(async () => {
    proof = await PipelineProof.start(NAME);
  });
  after(() => proof?.close(!passed));

  const compare = async (): Promise<readonly string[]> => {
    const { scratch } = proof;
    await proof.makeOracle();
    return [
      ...(await scratch.compare(TABLES)),
      ...(await scratch.differences('data_quality_metrics', RULES, 'SELECT * FROM oracle.data_quality_metrics')),
    ];
  };

  test('every table equals what plain SQL makes of the same input', async () => {
    await proof.feedWithKills(steps.slice(0, 3), 2_000);
    assert.deepEqual(await proof.settle(compare), []);
    proof.tell('equal after the first half');
    await proof.feedWithKills(steps.slice(3), 2_000);
    assert.deepEqual(await proof.settle(compare), []);
    proof.tell('equal');
    for (const { crashes } of proof.stack.groups) assert.deepEqual(crashes, []);
    passed = true;
  });
});
