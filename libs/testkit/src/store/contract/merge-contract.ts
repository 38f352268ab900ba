import assert from 'node:assert/strict';
import { type Instant, NEVER } from '@medallion/core';
import type { Lease, TableStore } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { MemoryView } from '../memory-view.ts';
import { after, commitOf, deltasOf, eventRow, inOrder, MINUTE, START, viewsOf } from './harness.ts';
import type { Check, CheckParts } from './suite.ts';

/** Sums of such sizes are exact, whatever the order of the additions. */
const size = fc.option(fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 8));

const anyEvent: fc.Arbitrary<AnyRow> = fc
  .record({
    region: fc.option(fc.constantFrom('Europe', 'Asia', '', 'NULL', 'null', 'a"b\\c', '🎅🏽', '{,}', "'; --")),
    flag: fc.option(fc.boolean()),
    amount: fc.option(fc.constantFrom(0, 1, 2, -5, 9_000_000_000)),
    member: fc.option(fc.constantFrom('a', 'b', 'c', 'd', '', 'ä', '"')),
    size,
    price: fc.option(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((n) => n / 100)),
    at: fc.option(fc.integer({ min: -1e12, max: 1e13 })),
    day: fc.option(fc.integer({ min: -700_000, max: 2_000_000 })),
    event_time: fc.integer({ min: 0, max: 15 * MINUTE }).map((ms) => START + ms),
  })
  .map(eventRow);

/** I2 the views equal a computation over all rows at once. */
export function mergeContract(check: Check, runs: number): void {
  check('batches merged by two stores equal one computation over all rows', async ({ plan, harness, acquire }) => {
    const stores = [await harness.open(), await harness.open()];
    const leases = await Promise.all(stores.map((store, partition) => acquire(store, partition)));
    const all: AnyRow[] = [];
    const batches = fc.array(fc.array(anyEvent, { maxLength: 25 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(batches, batches, async (...split) => {
        await Promise.all(
          stores.map(async (store, i) => {
            leases[i] = await commitAll(plan, store, leases[i]!, split[i]!);
          }),
        );
        all.push(...split.flat(2));
        await assertEqualsBatch(plan, harness, all);
      }),
      { numRuns: runs, interruptAfterTimeLimit: 60_000, endOnFailure: true },
    );
  });

  check('a member that two stores bring at once is counted once', async ({ plan, harness, acquire }) => {
    const stores = [await harness.open(), await harness.open()];
    const leases = await Promise.all(stores.map((store, partition) => acquire(store, partition)));
    const members = Array.from({ length: 60 }, (_, i) => eventRow({ member: `m${i}` }));
    for (let round = 0; round < 5; round++)
      await Promise.all(
        stores.map(async (store, i) => {
          // In opposite orders and with a shift, so that each is first with some of them.
          const part = members.slice(round * 10, round * 10 + 20);
          leases[i] = await commitAll(plan, store, leases[i]!, [i === 0 ? part : part.toReversed()]);
        }),
      );
    const [row] = await harness.rows('overall');
    assert.equal(row?.events, 2 * 5 * 20);
    assert.equal(row?.members, 60);
  });

  check('two stores that change the same rows in opposite orders both get through', async (parts) => {
    const { plan, harness, acquire } = parts;
    const stores = [await harness.open(), await harness.open()];
    const leases = await Promise.all(stores.map((store, partition) => acquire(store, partition)));
    const rows = Array.from({ length: 40 }, (_, i) => eventRow({ region: `r${(i * 7) % 40}`, member: `m${i % 11}` }));
    await Promise.all(
      stores.map(async (store, i) => {
        const batches = Array.from({ length: 10 }, () => (i === 0 ? rows : rows.toReversed()));
        leases[i] = await commitAll(plan, store, leases[i]!, batches);
      }),
    );
    const counts = (await harness.rows('plain')).map((row) => row.events);
    assert.deepEqual(counts, Array(40).fill(20));
  });

  check('null is a group of its own', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    let lease = await acquire(store);
    const rows = [null, 'null', '', null].map((region) => eventRow({ region, amount: null, flag: null }));
    for (const row of rows) lease = await commitAll(plan, store, lease, [[row]]);
    const groups = (await harness.rows('plain')).map(({ region, events }) => [region, events]);
    assert.deepEqual(
      new Map(groups as [string | null, number][]),
      new Map([
        ['', 1],
        ['null', 1],
        [null, 2],
      ] as const),
    );
    assert.equal(groups.length, 3);
  });

  check('measures of no value are null, and a sum of them 0', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const row = eventRow({ size: null, amount: null, at: null, day: null, member: null, price: null });
    await commitAll(plan, store, await acquire(store), [[row]]);
    const [shown] = await harness.rows('by_group');
    const { total, total_size, least, greatest, first_at, last_day, mean_size, members, amounts } = shown!;
    const { total_price, mean_price, least_price, prices } = shown!;
    assert.deepEqual(
      { total, total_size, least, greatest, first_at, last_day, mean_size, members, amounts },
      {
        ...{ total: 0, total_size: 0, least: null, greatest: null, first_at: null, last_day: null },
        ...{ mean_size: null, members: 0, amounts: 0 },
      },
    );
    assert.deepEqual([total_price, mean_price, least_price, prices], [0, null, null, 0]);
  });

  check('a quotient by zero is null', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    await commitAll(plan, store, await acquire(store), [[eventRow({ amount: -1 })]]);
    assert.equal((await harness.rows('by_group'))[0]?.rate, null);
  });

  check('equal values share a rank, and the next rank is skipped, in each window', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const sizes = [5, 7, 7, 1];
    const rows = [0, 1].flatMap((minute) =>
      sizes.map((s, i) => eventRow({ region: `r${i}`, size: s + minute, event_time: START + minute * MINUTE })),
    );
    await commitAll(plan, store, await acquire(store), [rows]);
    const ranks = (await harness.rows('by_group')).toSorted(
      (a, b) => Number(a.window_start) - Number(b.window_start) || (String(a.region) < String(b.region) ? -1 : 1),
    );
    assert.deepEqual(
      ranks.map((row) => row.rank_by_size),
      [3, 1, 1, 4, 3, 1, 1, 4],
    );
  });

  check('cumulative sums run over all windows of a group, gaps and late windows included', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const at = (minute: number): AnyRow => eventRow({ event_time: START + minute * MINUTE });
    await commitAll(plan, store, await acquire(store), [[at(40), at(0), at(1)], [at(12)], [at(41)]]);
    const shown = (await harness.rows('overall')).map(({ events, total_events }) => [events, total_events]);
    assert.deepEqual(shown, [
      [2, 2],
      [1, 3],
      [2, 5],
    ]);
  });

  check('a view shows its declared columns in order, then is_final', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    await commitAll(plan, store, await acquire(store), [[eventRow({})]]);
    for (const view of viewsOf(plan)) {
      const [row] = await harness.rows(view.name);
      assert.deepEqual(Object.keys(row!), [...view.schema.fields.map((f) => f.name), 'is_final']);
    }
  });

  check('sums of decimals are exact over any number of batches (A4)', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    // As doubles, 100 times 0.1 and 0.2 are 30.000000000000057.
    const rows = Array.from({ length: 200 }, (_, i) => [eventRow({ region: 'x', price: i % 2 === 0 ? 0.1 : 0.2 })]);
    await commitAll(plan, store, await acquire(store), rows);
    const [shown] = await harness.rows('plain');
    assert.deepEqual([shown?.total_price, shown?.mean_price, shown?.running_price], [30, 0.15, 30]);
  });

  check('a sum of decimals that outgrows 15 digits is refused, and what fits is kept (A4)', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const most = 9_999_999_999.99;
    const many = Array.from({ length: 1_001 }, () => eventRow({ region: 'x', price: most, amount: 0 }));
    const lease = await acquire(store);
    await assert.rejects(store.commit(commitOf(plan, lease, many)), { name: 'RowRefusedError' });
    const at = await commitAll(plan, store, lease, [many.slice(0, 1_000)]);
    await assert.rejects(store.commit(commitOf(plan, at, many.slice(0, 1))), { name: 'RowRefusedError' });
    await commitAll(plan, store, at, [[eventRow({ region: 'x', price: -most, amount: 0 })]]);
    const shown = (await harness.rows('plain')).find((row) => row.region === 'x');
    assert.equal(shown?.total_price, 9_989_999_999_990.01);
  });

  check('sums are exact up to the limit of a safe integer', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const half = 4_503_599_627_370_495;
    const rows = [eventRow({ region: 'x', amount: half }), eventRow({ region: 'x', amount: half })];
    await commitAll(plan, store, await acquire(store), [[rows[0]!], [rows[1]!]]);
    assert.equal((await harness.rows('plain'))[0]?.total, 2 * half);
  });
}

async function commitAll(
  plan: CheckParts['plan'],
  store: TableStore,
  lease: Lease,
  batches: readonly (readonly AnyRow[])[],
): Promise<Lease> {
  let at = lease;
  for (const rows of batches) {
    assert.deepEqual(await store.commit(commitOf(plan, at, rows)), { kind: 'committed' });
    at = after(at, rows.length);
  }
  return at;
}

/** The reference: one delta of all rows for each row of the view. */
async function assertEqualsBatch(
  plan: CheckParts['plan'],
  harness: CheckParts['harness'],
  rows: readonly AnyRow[],
): Promise<void> {
  for (const view of viewsOf(plan)) {
    const reference = new MemoryView(view);
    for (const delta of deltasOf(view, rows)) reference.merge(delta);
    assert.deepEqual(inOrder(await harness.rows(view.name)), inOrder(reference.rows(NEVER as Instant)), view.name);
  }
}
