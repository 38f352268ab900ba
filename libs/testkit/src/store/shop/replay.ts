import assert from 'node:assert/strict';
import type { AnyRow } from '@medallion/schema';

/** The change feeds of the shop: their tables and what identifies a row. */
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
