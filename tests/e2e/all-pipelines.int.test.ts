import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PipelineProof } from '../support/pipeline-proof.ts';
import { PipelineStack } from '../support/pipeline-stack.ts';
import { ProofByHalves } from '../support/proofs/by-halves.ts';
import { MedallionSalesProof } from '../support/proofs/medallion-sales.ts';
import { proveOrdersStreaming } from '../support/proofs/orders-streaming.ts';
import { SantaProof } from '../support/proofs/santa-deliveries.ts';
import { seedFrom } from '../support/random.ts';
import { SERVICES } from '../support/service-process.ts';
import { until } from '../support/until.ts';

const ORDERS = ['orders-streaming', 'medallion-sales', 'lakeflow-customers', 'circuit-box'] as const;
const SANTA = 'santa-deliveries';
/** Tests that must pass for the logs to be thrown away. */
const PARTS = 6;
const seed = seedFrom(process.env.ALL_PIPELINES_SEED);

/** design.md §5, all with the prefix `medallion_`; those of every layer. */
const METRICS = [
  'records_in_total',
  'records_out_total',
  'records_dropped_total',
  'records_late_total',
  'batch_seconds',
  'end_to_end_latency_seconds',
  'consumer_lag_records',
  'consumer_lag_seconds',
  'build_info',
];

const LAKEFLOW = [
  ...['bronze_customers', 'silver_customers_clean', 'silver_customers'],
  ...['bronze_addresses', 'silver_addresses_clean', 'silver_addresses'],
  ...['bronze_orders', 'silver_orders_clean', 'silver_orders'],
  'gold_customer_orders',
];
const CIRCUIT_BOX = [
  ...['bronze_customers', 'bronze_addresses', 'bronze_orders'],
  ...['silver_customers_clean', 'silver_customers', 'silver_addresses_clean', 'addresses_current', 'silver_addresses'],
  ...['silver_orders_clean', 'orders_current', 'silver_orders', 'silver_order_items_clean', 'silver_order_items'],
  ...['gold_order_lines', 'gold_order_totals', 'gold_order_summary'],
  ...['gold_sales_by_state', 'gold_sales_by_month', 'gold_top_products'],
];

describe(`all five pipelines in the same three services (seed ${seed})`, () => {
  let stack: PipelineStack;
  let santa: SantaProof;
  let sales: MedallionSalesProof;
  let lakeflow: ProofByHalves;
  let circuitBox: ProofByHalves;
  const proofs = new Map<string, PipelineProof>();
  const proofOf = (name: (typeof ORDERS)[number]): PipelineProof => proofs.get(name)!;
  let passed = 0;

  before(async () => {
    stack = await PipelineStack.start();
    santa = await SantaProof.open(stack, seed);
    for (const name of ORDERS) proofs.set(name, await PipelineProof.open(name, stack));
    sales = new MedallionSalesProof(proofOf('medallion-sales'));
    lakeflow = new ProofByHalves(proofOf('lakeflow-customers'), LAKEFLOW);
    circuitBox = new ProofByHalves(proofOf('circuit-box'), CIRCUIT_BOX);
    await stack.run([SANTA, ...ORDERS]);
  });
  after(async () => {
    for (const proof of proofs.values()) await proof.close();
    await santa?.close();
    await stack?.close(passed < PARTS);
  });

  describe('while services are killed, every table equals what plain SQL makes of the same input:', {
    concurrency: true,
  }, () => {
    test('orders-streaming', () => proveOrdersStreaming(proofOf('orders-streaming')));
    test('medallion-sales', () => sales.tables());
    test('lakeflow-customers', () => lakeflow.run());
    test('circuit-box', () => circuitBox.run());
    test('santa-deliveries', async () => {
      await santa.feedWithKills(10_000);
      await santa.tables();
    });
  });

  test('each service was killed at least twice, and none ended by itself', () => {
    assert.ok(
      stack.kills.every((kills) => kills >= 2),
      stack.kills.join(', '),
    );
    assert.deepEqual(stack.crashes, []);
    passed++;
  });

  test('medallion-sales: an order of unknown status stops its flow alone, until somebody decides to skip it', async () => {
    await sales.stopAndSkip();
    passed++;
  });

  test('medallion-sales: a query for the orders of a customer uses the clustering', async () => {
    await sales.clustering();
    passed++;
  });

  test('each service answers /livez, /readyz?verbose and /metrics', async () => {
    await santa.feed(500); // each process counts what it has done itself
    await santa.tables();
    const answers = async (): Promise<true> => {
      const texts: string[] = [];
      for (const { name, instances } of stack.groups) {
        const [service] = instances;
        assert.ok(service);
        assert.equal((await service.get('/livez')).status, 200, name);
        const ready = await service.get('/readyz?verbose');
        assert.equal(ready.status, 200, name);
        assert.match(ready.text, /santa-deliveries/, name);
        const { status, text } = await service.get('/metrics');
        assert.equal(status, 200, name);
        const missing = METRICS.filter((metric) => !text.includes(`\nmedallion_${metric}`));
        assert.deepEqual(missing, [], name);
        texts.push(text);
      }
      const [, silver, gold] = texts;
      assert.match(silver!, /medallion_expectation_results_total\{[^}]*valid_status[^}]*\} [1-9]/);
      assert.match(silver!, /medallion_state_entries\{[^}]*\} [1-9]/);
      for (const text of [silver!, gold!])
        assert.match(text, /medallion_watermark_seconds\{[^}]*silver_santa_deliveries[^}]*\} 1[.\de+]+/);
      assert.match(gold!, /medallion_commit_seconds_count\{[^}]*\} [1-9]/);
      return true;
    };
    // What is written is counted a moment later, and a flow that a busy machine kept waiting may begin anew.
    await until('every endpoint says what it should', answers, { timeoutMs: 300_000, giveUp: stack.giveUp });
    passed++;
  });

  test('SIGTERM drains: exit code 0, and the groups have stored the ends of their topics', async () => {
    const endings = await stack.stopServices();
    assert.deepEqual(
      endings,
      SERVICES.map(() => ({ code: 0, signal: null })),
    );
    await santa.drained();
    passed++;
  });

  test('a pipeline that is taken out leaves the others at work, and goes on when it is there again', async () => {
    await stack.run([SANTA, ...ORDERS.filter((name) => name !== 'circuit-box')]);
    await circuitBox.feedMore('later');
    await lakeflow.feedMore('later');
    await santa.feed(500);
    await Promise.all([santa.tables(), lakeflow.equal()]);
    assert.notDeepEqual(await circuitBox.differences(), []);
    await stack.run([SANTA, ...ORDERS]);
    await circuitBox.equal();
    assert.deepEqual(stack.crashes, []);
    passed++;
  });
});
