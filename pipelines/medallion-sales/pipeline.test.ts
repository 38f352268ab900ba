import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it, describe as suite } from 'node:test';
import { describe } from '@medallion/pipeline';
import plan from './pipeline.ts';

suite('the pipeline medallion-sales', () => {
  it('is described by the checked-in snapshot', () => {
    assert.equal(
      describe(plan),
      readFileSync(new URL('describe.snap.txt', import.meta.url), 'utf8'),
      'the pipeline changed: if that is meant, run `node pipelines/medallion-sales/update-snapshot.ts` and commit the snapshot',
    );
  });

  it('has its tables, each in its layer', () => {
    const tables = plan.tables.map(({ layer, name, kind }) => `${layer} ${name}: ${kind}`);
    assert.deepEqual(tables.sort(), [
      'bronze bronze_customers: keyed_table',
      'bronze bronze_orders: streaming_table',
      'gold gold_customer_lifetime_value: relational_view',
      'gold gold_daily_sales: relational_view',
      'gold gold_orders_by_customer: relational_view',
      'silver customer_changes: change_feed',
      'silver quarantine_orders: streaming_table',
      'silver silver_customers: relational_view',
      'silver silver_orders: keyed_table',
      'silver silver_orders_clean: streaming_table',
      'silver silver_orders_enriched: relational_view',
    ]);
  });
});
