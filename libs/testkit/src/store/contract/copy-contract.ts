import assert from 'node:assert/strict';
import { days, instant } from '@medallion/core';
import type { AnyRow } from '@medallion/schema';
import { after, commitOf, eventRow, inOrder, START } from './harness.ts';
import type { Check } from './suite.ts';

const DAY = 20_812; // 2026-12-24

const copiedRow = (columns: AnyRow): AnyRow => ({
  ...{ id: null, region: null, member: null, amount: null, size: null, small: null, flag: null, at: null, day: null },
  ...{ kind: null, price: null, items: null, _rescued_data: null, ingestion_timestamp: START, ingestion_date: DAY },
  ...{ source_topic: 'contract.source', source_partition: 0, source_offset: 0, ...columns },
});

/** The queryable copy of a table holds what its topic holds; a check that changes its columns is alone. */
export function copyContract(check: Check, alone: Check): void {
  check('values of every type are copied as they are', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const rows = [
      copiedRow({}),
      copiedRow({ id: '🎅🏽 "quoted" \\N \\ \t\n\r {}', region: '', member: 'é', kind: 'b', flag: true, small: -1 }),
      copiedRow({ amount: Number.MAX_SAFE_INTEGER, small: 2_147_483_647, size: Number.MAX_VALUE, flag: false }),
      copiedRow({ amount: Number.MIN_SAFE_INTEGER, small: -2_147_483_648, size: Number.MIN_VALUE, at: -1 }),
      copiedRow({ amount: -1, size: -0.1, at: 32_503_680_000_001, day: -1, _rescued_data: '{"a":"\\u0000"}' }),
      copiedRow({ price: -9_999_999_999.99, items: [] }),
      copiedRow({
        price: 0.01,
        items: [
          { sku: '"\\{}🎅🏽', price: 12.5 },
          { sku: null, price: null },
        ],
      }),
      copiedRow({ size: 0.1 + 0.2, at: 253_402_300_799_999, day: 2_932_896, source_offset: 2 ** 40 }),
    ];
    await store.commit(commitOf(plan, await acquire(store), [], { copies: [{ table: 'raw', rows }] }));
    assert.deepEqual(inOrder(await harness.copied('raw')), inOrder(rows));
  });

  check('a text of 900 KB is copied whole, and the rows around it', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const long = 'é🎅🏽x'.repeat(100_000);
    const rows = [1, 2, 3].map((offset) => copiedRow({ id: offset === 2 ? long : 'short', source_offset: offset }));
    await store.commit(commitOf(plan, await acquire(store), [], { copies: [{ table: 'raw', rows }] }));
    assert.deepEqual(inOrder(await harness.copied('raw')), inOrder(rows));
  });

  check('rows of any day find a place, today or not', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const rows = [DAY, DAY + 1, DAY + 400, 0, DAY - 5_000].map((ingestion_date) => copiedRow({ ingestion_date }));
    let lease = await acquire(store);
    for (const row of rows) {
      const commit = commitOf(plan, lease, [eventRow({})], { copies: [{ table: 'raw', rows: [row] }] });
      assert.deepEqual(await store.commit(commit), { kind: 'committed' });
      lease = after(lease, 1);
    }
    assert.deepEqual(inOrder(await harness.copied('raw')), inOrder(rows));
  });

  check('maintenance drops the days that are past the retention, and only those', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const days0to12 = Array.from({ length: 13 }, (_, i) => copiedRow({ ingestion_date: DAY - i }));
    const far = copiedRow({ ingestion_date: DAY + 100 });
    const rows = [...days0to12, far];
    await store.commit(commitOf(plan, await acquire(store), [], { copies: [{ table: 'raw', rows }] }));
    await store.maintain(instant(DAY * days(1)));
    const kept = (await harness.copied('raw')).map((row) => Number(row.ingestion_date) - DAY);
    assert.deepEqual(
      kept.sort((a, b) => a - b),
      [-10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 100],
    );
  });

  alone('a column that a table gained holds what is committed from then on, in every store', async (parts) => {
    const { plan, harness, acquire } = parts;
    const [store, other] = [await harness.open(), await harness.open()];
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [], { copies: [{ table: 'raw', rows: [copiedRow({ id: 'before' })] }] }));
    const gained = [
      { name: 'discount', type: { kind: 'double' }, nullable: true, doc: 'found in the files' },
      { name: 'seen_at', type: { kind: 'timestamp' }, nullable: true },
    ] as const;
    await Promise.all([store.addColumns('raw', gained.slice(0, 1)), other.addColumns('raw', gained)]);
    await store.addColumns('raw', gained);
    const wide = [
      copiedRow({ id: 'a', discount: 0.5, seen_at: START }),
      copiedRow({ id: 'b', discount: null, seen_at: null }),
    ];
    const opened = await acquire(other);
    await other.commit(commitOf(plan, opened, [], { copies: [{ table: 'raw', rows: wide }] }));
    // A store that was opened later knows nothing of it yet, and stores what it knows.
    const later = await harness.open();
    const last = await acquire(later);
    await later.commit(commitOf(plan, last, [], { copies: [{ table: 'raw', rows: [copiedRow({ id: 'after' })] }] }));
    const found = (await harness.copied('raw', ['discount', 'seen_at'])).map((row) => [
      row.id,
      row.discount,
      row.seen_at,
    ]);
    assert.deepEqual(
      found.toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
      [
        ['a', 0.5, START],
        ['after', null, null],
        ['b', null, null],
        ['before', null, null],
      ],
    );
  });

  check('several batches for one table are stored together', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const copies = [1, 2].map((source_offset) => ({ table: 'raw', rows: [copiedRow({ source_offset })] }));
    await store.commit(commitOf(plan, await acquire(store), [], { copies: [...copies, { table: 'raw', rows: [] }] }));
    assert.equal((await harness.copied('raw')).length, 2);
  });
}
