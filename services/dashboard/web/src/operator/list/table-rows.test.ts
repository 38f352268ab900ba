import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status, TableStatus } from '../../../../src/contract/operator.ts';
import { graphs } from '../test/graphs.ts';
import { filtered, firstOrder, orderOf, orderText, SORTS, sorted, tableRows } from './table-rows.ts';

const table = (name: string, more: Partial<TableStatus>): TableStatus => ({
  ...{ table: name, state: 'flowing', why: '', rowsPerSecond: 1, accepted: 1, quarantined: 0, lagRecords: 0 },
  ...{ lagSeconds: 0, watermark: null, freshness: null, judged: 0, failed: 0, ...more },
});
const status: Status = {
  ...{ at: '2026-12-24T00:00:00.000Z', state: 'stalled', edges: [], services: [], troubles: [] },
  tables: [
    table('silver_orders_clean', { state: 'stalled', lagRecords: 100 }),
    table('bronze_orders', { lagRecords: 5 }),
    table('silver_orders', { lagRecords: null, rowsPerSecond: null }),
  ],
};
const rows = tableRows(graphs['medallion-sales'], status);
const names = (found: typeof rows): readonly string[] => found.map(({ node }) => node.id);

test('every table has a row, also one whose state is not known, and sources have none', () => {
  assert.equal(rows.length, 11);
  assert.equal(rows.find(({ node }) => node.id === 'gold_daily_sales')?.status, null);
});

test('the worst state comes first, and equal ones stay in the order of the data', () => {
  const byState = names(sorted(rows, firstOrder('state')));
  assert.deepEqual(byState.slice(0, 3), ['silver_orders_clean', 'bronze_orders', 'silver_orders']);
  const untouched = names(rows).filter((name) => !byState.slice(0, 3).includes(name));
  assert.deepEqual(byState.slice(3), untouched);
});

test('what is not known comes last, whichever way it is sorted', () => {
  for (const descending of [true, false]) {
    const lags = sorted(rows, { by: 'lag', descending }).map(({ status }) => status?.lagRecords ?? null);
    assert.deepEqual(
      lags.slice(2),
      lags.slice(2).map(() => null),
    );
    assert.deepEqual(lags.slice(0, 2), descending ? [100, 5] : [5, 100]);
  }
});

test('rows are found by name and by state', () => {
  assert.deepEqual(names(filtered(rows, { query: 'orders clean', state: null })), ['silver_orders_clean']);
  assert.deepEqual(names(filtered(rows, { query: '', state: 'stalled' })), ['silver_orders_clean']);
  assert.equal(filtered(rows, { query: ' ', state: null }).length, rows.length);
});

test('an order survives its way through the address', () => {
  for (const by of SORTS)
    for (const descending of [true, false])
      assert.deepEqual(orderOf(orderText({ by, descending })), { by, descending });
  assert.deepEqual(orderOf('nonsense'), { by: 'data', descending: false });
  assert.deepEqual(orderOf(null), { by: 'data', descending: false });
});
