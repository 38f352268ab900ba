import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@medallion/core';
import { DATA_SET, INPUTS, withRun } from '@medallion/orders-generator';
import { decide } from '@medallion/runtime';
import { parquetReadObjects } from 'hyparquet';
import type { PipelineProof } from '../pipeline-proof.ts';
import type { Scratch } from '../scratch.ts';
import { until } from '../until.ts';
import { rulesOf } from './rules-of.ts';

const NAME = 'medallion-sales';

/** Compared as they are. */
const TABLES = [
  ...[
    'bronze_orders',
    'bronze_customers',
    'silver_orders_clean',
    'silver_orders',
    'quarantine_orders',
    'silver_customers',
  ],
  ...['silver_orders_enriched', 'gold_daily_sales', 'gold_customer_lifetime_value', 'gold_orders_by_customer'],
];

/** The changes of each customer in order: which commit made them is the engine's business. */
const CHANGES = `
  SELECT customer_id, row_number() OVER (
           PARTITION BY customer_id ORDER BY _commit_version, (_change_type = 'update_postimage')::int) AS n,
         _change_type, customer_name, email, customer_segment, region
  FROM actual.customer_changes`;

/** What is to be shown of medallion-sales, in this order. */
export class MedallionSalesProof {
  readonly #proof: PipelineProof;
  readonly #snapshots: string[] = [];

  constructor(proof: PipelineProof) {
    this.#proof = proof;
  }

  /** Every table equals what plain SQL makes of the same input. */
  async tables(): Promise<void> {
    const proof = this.#proof;
    for (const step of INPUTS[NAME]!.scenario(DATA_SET)) {
      await proof.feedWithKills([step]);
      const snapshot = step.files.find(({ path }) => path.endsWith('.parquet'));
      if (snapshot === undefined) continue;
      this.#snapshots.push(snapshot.path);
      await this.#known(snapshot.path);
    }
    assert.deepEqual(await proof.settle(this.#compare), []);
    proof.tell('equal');
  }

  /** An order of unknown status stops silver_orders_clean alone, until somebody decides to skip it. */
  async stopAndSkip(): Promise<void> {
    const proof = this.#proof;
    const { stack, plan, scratch } = proof;
    const [step] = INPUTS[NAME]!.scenario({ ...DATA_SET, ...{ run: 'x', events: 40, failAt: 10, seed: 8 } });
    const files = step!.files.filter(({ path }) => path.includes('/orders/'));
    await stack.feed({ ...step!, files: files.map((file) => ({ ...file, path: withRun(file.path, 'x') })) });
    const failure = await until(
      'the flow that stops',
      () => {
        const lines = stack.groups[1]!.instances.flatMap((instance) => instance.log());
        return lines.map((line) => JSON.stringify(line)).find((line) => line.includes('MED_EXPECTATION_FAILED'));
      },
      { timeoutMs: 300_000, giveUp: stack.giveUp },
    );
    proof.tell(failure.slice(0, 400));
    const place = /(medallion-sales\.bronze_orders):(\d+):(\d+)/.exec(failure);
    assert.ok(place, failure);
    assert.match(failure, /valid_status/);
    const others = async (): Promise<readonly string[]> =>
      (await this.#compare()).filter((line) => /^(bronze_|quarantine_orders|silver_customers)/.test(line));
    assert.deepEqual(await proof.settle(others), [], 'the other flows go on');
    assert.notDeepEqual(await proof.look(this.#compare), [], 'the order and what comes behind it are not in');
    const at = { topic: place[1]!, partition: Number(place[2]), offset: Number(place[3]) };
    const decided = {
      flow: 'silver_orders_clean',
      at,
      decision: 'skip',
      by: 'the test',
      reason: 'a test order',
    } as const;
    await decide(stack.log, plan, systemClock.now(), decided);
    assert.deepEqual(await proof.settle(this.#compare), []);
    const skipped = await scratch.query<{ reason: string }>(
      `SELECT reason FROM medallion.quarantine
       WHERE pipeline = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 AND violations::text LIKE '%valid_status%'`,
      [NAME, at.topic, at.partition, at.offset],
    );
    assert.equal(skipped.length, 1, 'it is in quarantine');
  }

  /** A query for the orders of a customer uses the clustering. */
  async clustering(): Promise<void> {
    const { scratch } = this.#proof;
    // So few rows are read faster without any index, or sorted.
    await scratch.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const plan = await scratch.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT * FROM medallion_sales.gold_orders_by_customer
       WHERE customer_id = 7 ORDER BY customer_id, order_date LIMIT 5`,
    );
    await scratch.query('RESET enable_seqscan; RESET enable_bitmapscan');
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    assert.match(text, /Index Scan using \S*customer_id_order_date/);
    assert.doesNotMatch(text, /Sort/);
  }

  readonly #compare = async (): Promise<readonly string[]> => {
    const { scratch } = this.#proof;
    await this.#proof.makeOracle((those) => this.#addSnapshots(those));
    return [
      ...(await scratch.compare(TABLES)),
      ...(await scratch.differences('customer_changes', CHANGES, 'SELECT * FROM oracle.customer_changes')),
      ...(await rulesOf(this.#proof)),
    ];
  };

  async #addSnapshots(scratch: Scratch): Promise<void> {
    for (const file of this.#snapshots)
      await scratch.add(
        'snapshot_rows',
        (await this.#customersOf(file)).map((fields) => ({ folder: `${NAME}/customers`, file, fields })),
      );
  }

  async #customersOf(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const file = readFileSync(join(this.#proof.stack.landing, path));
    const rows = await parquetReadObjects({ file: new Uint8Array(file).buffer });
    return rows.map((row) => ({ ...row, customer_id: Number(row.customer_id) }));
  }

  /** Snapshots replace one another: for all of their changes to be seen, each waits for the one before it. */
  async #known(path: string): Promise<void> {
    const { scratch, stack } = this.#proof;
    const customers = await this.#customersOf(path);
    await until(
      `the customers of ${path}`,
      async () => {
        const rows = await scratch.query<{ n: string }>(
          `SELECT count(*) AS n FROM medallion_sales.silver_customers c
           JOIN jsonb_to_recordset($1) AS s (customer_id bigint, region text) USING (customer_id, region)`,
          [JSON.stringify(customers)],
        );
        const all = await scratch.query<{ n: string }>('SELECT count(*) AS n FROM medallion_sales.silver_customers');
        return (Number(rows[0]?.n) === customers.length && Number(all[0]?.n) === customers.length) || null;
      },
      { timeoutMs: 300_000, giveUp: stack.giveUp },
    );
    this.#proof.tell(`${path} is known`);
  }
}
