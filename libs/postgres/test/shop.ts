import assert from 'node:assert/strict';
import type { GoldCommit, KeyedChange, Lease, TableStore } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import { emptyCommit } from '@medallion/testkit';
import fc from 'fast-check';
import type { GoldReader } from '../src/gold-reader.ts';
import { shopOracle } from './shop-oracle.ts';

/** Changes of the shop's tables, as a commit has them. */
export type ShopChanges = ReadonlyMap<string, readonly KeyedChange[]>;

const DAY = 86_400_000;
const START = 1_798_135_200_000;

const customerId = fc.integer({ min: 1, max: 5 });
const region = fc.constantFrom('Europe', 'Asia', null, '');

const customerChange: fc.Arbitrary<KeyedChange> = fc
  .record({
    customer_id: customerId,
    name: fc.constantFrom('Ann', 'Bob', null),
    region,
    gone: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ gone, ...row }) => ({ key: [row.customer_id], row: gone === 0 ? null : row }));

const addressChange: fc.Arbitrary<KeyedChange> = fc
  .record({
    customer_id: customerId,
    city: fc.constantFrom('Oslo', 'Kyoto', null),
    __START_AT: fc.integer({ min: 0, max: 3 }).map((day) => START + day * DAY),
    closed: fc.boolean(),
    gone: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ gone, closed, ...row }) => ({
    key: [row.customer_id, row.__START_AT],
    row: gone === 0 ? null : { ...row, __END_AT: closed ? row.__START_AT + DAY : null },
  }));

const orderChange: fc.Arbitrary<KeyedChange> = fc
  .record({
    order_id: fc.integer({ min: 1, max: 8 }),
    customer_id: fc.option(customerId, { freq: 6 }),
    product_id: fc.option(fc.constantFrom('sled', 'bell', ''), { freq: 6 }),
    status: fc.constantFrom('pending', 'completed', 'completed', 'cancelled', null),
    amount: fc.option(
      fc.integer({ min: -500, max: 100_000 }).map((cents) => cents / 100),
      { freq: 6 },
    ),
    ordered_at: fc.option(
      fc.integer({ min: 0, max: 3 }).map((day) => START + day * DAY),
      { freq: 6 },
    ),
    gone: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ gone, ...row }) => ({ key: [row.order_id], row: gone === 0 ? null : row }));

/** What one commit may change: tables in any order, keys several times. */
export const shopChanges: fc.Arbitrary<ShopChanges> = fc
  .record({
    orders: fc.array(orderChange, { maxLength: 6 }),
    customers: fc.array(customerChange, { maxLength: 3 }),
    addresses: fc.array(addressChange, { maxLength: 3 }),
  })
  .map((changes) => new Map(Object.entries(changes)));

/** Commits changes over a lease of its own, one after the other. */
export class ShopWriter {
  readonly #store: TableStore;
  #lease: Lease;

  private constructor(store: TableStore, lease: Lease) {
    this.#store = store;
    this.#lease = lease;
  }

  static async open(store: TableStore, partition = 0): Promise<ShopWriter> {
    const [lease] = await store.acquire([{ topic: 'shop', partition }], 'shop');
    return new ShopWriter(store, lease!);
  }

  async commit(changes: ShopChanges): Promise<void> {
    const { topic, partition, epoch, next, state } = this.#lease;
    const commit: GoldCommit = {
      ...emptyCommit,
      leases: [{ topic, partition, epoch, from: next, next: next + 1, state }],
      changes,
    };
    assert.deepEqual(await this.#store.commit(commit), { kind: 'committed' });
    this.#lease = { ...this.#lease, next: next + 1 };
  }
}

/** Fails unless every view of the shop equals its batch query, as of one moment. */
export async function assertShopEqualsOracle(reader: GoldReader): Promise<void> {
  await reader.snapshot(async (query) => {
    for (const [view, oracle] of Object.entries(shopOracle)) {
      const known = view.startsWith('dim_') ? ` WHERE ${view.slice('dim_'.length)}_key <> 0` : '';
      const rows = await query(`SELECT * FROM ${view}${known}`);
      assert.deepEqual(sorted(rows), sorted(await query(oracle)), view);
    }
  });
}

const sorted = (rows: readonly object[]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

/** Fails unless the feeds, replayed from version 0, give their tables, and have versions without gaps. */
export async function assertFeedsReplay(reader: GoldReader): Promise<void> {
  await reader.snapshot(async (query) => {
    for (const [feed, { table, keys }] of Object.entries(shopFeeds)) {
      const changes = await query<AnyRow>(`SELECT * FROM ${feed} ORDER BY _commit_version`);
      const rows = replay(changes, keys);
      assert.deepEqual(sorted(rows), sorted(await query(`SELECT * FROM ${table}`)), feed);
      const versions = [...new Set(changes.map((change) => change._commit_version))];
      assert.deepEqual(
        versions,
        versions.map((_, i) => i),
        `${feed} has versions without gaps`,
      );
      const times = changes.map((change) => Number(change._commit_timestamp));
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
        `${feed} is in the order of time`,
      );
    }
  });
}

export const shopFeeds = {
  customer_changes: { table: 'customers', keys: ['customer_id'] },
  daily_sales_changes: { table: 'daily_sales', keys: ['order_date', 'region'] },
} as const;

/** The rows that changes of a feed make, in any order within a version; fails where they contradict one another. */
export function replay(changes: readonly AnyRow[], keys: readonly string[]): readonly AnyRow[] {
  const table = new Map<string, AnyRow>();
  for (const ofVersion of Map.groupBy(changes, (change) => change._commit_version).values()) {
    const keyOf = (row: AnyRow): string => JSON.stringify(keys.map((name) => row[name]));
    for (const { _change_type, _commit_version, _commit_timestamp, ...row } of ofVersion)
      if (_change_type === 'delete' || _change_type === 'update_preimage') {
        assert.deepEqual(row, table.get(keyOf(row)), 'a row before a change is as it was left');
        table.delete(keyOf(row));
      }
    for (const { _change_type, _commit_version, _commit_timestamp, ...row } of ofVersion)
      if (_change_type === 'insert' || _change_type === 'update_postimage') {
        assert.ok(!table.has(keyOf(row)), 'a row is inserted once');
        table.set(keyOf(row), row);
      }
  }
  return [...table.values()];
}
