import assert from 'node:assert/strict';
import { emptyCommit, type GoldCommit, type Lease, type LeaseStep, type TableStore } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import { replay, type ShopChanges, shopFeeds } from '@medallion/testkit';
import type { GoldReader } from '../src/gold-reader.ts';
import { shopOracle } from './shop-oracle.ts';

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

  async commit(changes: ShopChanges, more: readonly LeaseStep[] = []): Promise<void> {
    const { topic, partition, epoch, next, state } = this.#lease;
    const commit: GoldCommit = {
      ...emptyCommit,
      leases: [{ topic, partition, epoch, from: next, next: next + 1, state }, ...more],
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
