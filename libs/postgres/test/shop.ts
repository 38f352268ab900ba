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
export const assertShopEqualsOracle = (reader: GoldReader): Promise<void> =>
  assertEqualsOracle(reader, shopOracle, {
    dim_customer: 'customer_key <> 0',
    dim_product: 'product_key <> 0',
  });

/**
 * Fails unless each view equals its batch query, as of one moment; of some only the rows that meet a condition. Postgres
 * compares, and only rows that differ are read.
 */
export async function assertEqualsOracle(
  reader: GoldReader,
  oracle: Readonly<Record<string, string>>,
  only: Readonly<Record<string, string>> = {},
): Promise<void> {
  await reader.snapshot(async (query) => {
    const compared = Object.entries(oracle).map(([view, batch]) => {
      const stored = `SELECT * FROM ${view}${only[view] === undefined ? '' : ` WHERE ${only[view]}`}`;
      return `SELECT '${view}' AS view, (SELECT jsonb_agg(r ORDER BY r) FROM (SELECT to_jsonb(v) AS r FROM (${stored}) v) s) AS stored,
        (SELECT jsonb_agg(r ORDER BY r) FROM (SELECT to_jsonb(v) AS r FROM (${batch}) v) s) AS batch`;
    });
    const differing = await query<{ view: string; stored: unknown; batch: unknown }>(
      `SELECT * FROM (${compared.join(' UNION ALL ')}) c WHERE stored IS DISTINCT FROM batch`,
    );
    for (const { view, stored, batch } of differing) assert.deepEqual(stored, batch, view);
    assert.equal(differing.length, 0);
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
