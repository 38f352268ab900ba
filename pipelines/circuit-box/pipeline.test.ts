import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it, describe as suite } from 'node:test';
import { describe } from '@medallion/pipeline';
import plan from './pipeline.ts';

suite('the pipeline circuit-box', () => {
  it('is described by the checked-in snapshot', () => {
    assert.equal(
      describe(plan),
      readFileSync(new URL('describe.snap.txt', import.meta.url), 'utf8'),
      'the pipeline changed: if that is meant, run `node pipelines/circuit-box/update-snapshot.ts` and commit the snapshot',
    );
  });

  it('has its tables, each in its layer', () => {
    const tables = plan.tables.map(({ layer, name, kind }) => `${layer} ${name}: ${kind}`);
    assert.deepEqual(tables.sort(), [
      'bronze bronze_addresses: streaming_table',
      'bronze bronze_customers: streaming_table',
      'bronze bronze_orders: streaming_table',
      'gold gold_order_lines: relational_view',
      'gold gold_order_summary: relational_view',
      'gold gold_order_totals: relational_view',
      'gold gold_sales_by_month: relational_view',
      'gold gold_sales_by_state: relational_view',
      'gold gold_top_products: relational_view',
      'silver addresses_current: keyed_table',
      'silver orders_current: keyed_table',
      'silver silver_addresses: relational_view',
      'silver silver_addresses_clean: streaming_table',
      'silver silver_customers: keyed_table',
      'silver silver_customers_clean: streaming_table',
      'silver silver_order_items: keyed_table',
      'silver silver_order_items_clean: streaming_table',
      'silver silver_orders: relational_view',
      'silver silver_orders_clean: streaming_table',
    ]);
  });
});
