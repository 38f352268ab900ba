import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it, describe as suite } from 'node:test';
import { describe } from '@medallion/pipeline';
import plan from './pipeline.ts';

suite('the pipeline orders-streaming', () => {
  it('is described by the checked-in snapshot', () => {
    assert.equal(
      describe(plan),
      readFileSync(new URL('describe.snap.txt', import.meta.url), 'utf8'),
      'the pipeline changed: if that is meant, run `node pipelines/orders-streaming/update-snapshot.ts` and commit the snapshot',
    );
  });

  it('has its tables, each in its layer', () => {
    const tables = plan.tables.map(({ layer, name, kind }) => `${layer} ${name}: ${kind}`);
    assert.deepEqual(tables.sort(), [
      'bronze customer_mv: keyed_table',
      'bronze order_stream: streaming_table',
      'gold append_orders_stream: streaming_table',
      'gold dim_customer: relational_view',
      'gold dim_date: relational_view',
      'gold dim_product: relational_view',
      'gold fact_orders: relational_view',
      'silver completed_orders: view',
      'silver filtered_orders_append: streaming_table',
      'silver orders_current: keyed_table',
      'silver pending_orders: view',
      'silver silver_orders: streaming_table',
    ]);
  });
});
