import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatorOf, preparerOf } from './fleet.ts';
import { loadPlan } from './load-plan.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

test('for a pipeline without a generator what it reads is made, and nothing is sent', async () => {
  assert.equal(generatorOf('toy-sales'), undefined);
  const plan = await loadPlan(ROOT, 'lakeflow-customers');
  assert.deepEqual(preparerOf({ ...plan, name: 'toy-sales' }), {
    name: 'orders-generator',
    args: [
      ...['toy-sales', '--topic', 'lakeflow.orders'],
      ...['--folder', 'lakeflow-customers/customers', '--folder', 'lakeflow-customers/addresses', '--events', '0'],
    ],
  });
});
