import assert from 'node:assert/strict';
import { type ErrorCode, MedallionError } from '@medallion/core';
import { pipelineWithoutPlain, pipelineWithPlainChanged } from './contract-plan.ts';
import { after, commitOf, eventRow } from './harness.ts';
import type { Check } from './suite.ts';

const code = (expected: ErrorCode) => (error: unknown) => error instanceof MedallionError && error.code === expected;

/** Tables are there when they are needed, and mean what the plan says. */
export function migrateContract(check: Check): void {
  check('several instances may migrate at once', async ({ plan, harness, acquire }) => {
    const stores = await Promise.all([1, 2, 3].map(() => harness.open()));
    const lease = await acquire(stores[2]!);
    assert.deepEqual(await stores[2]!.commit(commitOf(plan, lease, [eventRow({})])), { kind: 'committed' });
    assert.equal((await harness.rows('plain')).length, 1);
  });

  check('migrating again keeps what is there', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [eventRow({})]));
    const again = await harness.open();
    await again.commit(commitOf(plan, after(lease, 1), [eventRow({})]));
    assert.equal((await harness.rows('plain'))[0]?.events, 2);
  });

  check('a view with other measures than its rows were made with is refused', async ({ plan, harness }) => {
    await harness.open();
    await assert.rejects(harness.open(pipelineWithPlainChanged(plan.name)), code('MED_TABLE_CHANGED'));
    await harness.open();
  });

  check('a view that is declared once its source was read is refused', async ({ plan, harness, acquire }) => {
    const before = pipelineWithoutPlain(plan.name);
    const store = await harness.open(before);
    await store.commit(commitOf(before, await acquire(store), [eventRow({})]));
    await assert.rejects(harness.open(), code('MED_TABLE_BEHIND'));
    await harness.open(before);
  });

  check('so is one that was taken away and comes back', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [eventRow({})]));
    const without = pipelineWithoutPlain(plan.name);
    const meanwhile = await harness.open(without);
    await meanwhile.commit(commitOf(without, after(lease, 1), [eventRow({})]));
    await assert.rejects(harness.open(), code('MED_TABLE_BEHIND'));
  });

  check('a view may be added as long as its source was not read', async ({ plan, harness, acquire }) => {
    await harness.open(pipelineWithoutPlain(plan.name));
    const store = await harness.open();
    await store.commit(commitOf(plan, await acquire(store), [eventRow({})]));
    assert.equal((await harness.rows('plain'))[0]?.events, 1);
  });
}
