import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnEntry, Entry } from './catalogue.ts';
import { readTable } from './read-table.ts';

const entry: Entry = {
  ...{ pipeline: 'shop', table_name: 'orders', schema_name: 'shop', layer: 'gold', kind: 'relational_view' },
  ...{ comment: null, description: {} },
};
const column = (column_name: string, type: ColumnEntry['type']): ColumnEntry => ({
  ...{ pipeline: 'shop', table_name: 'orders', column_name, type, nullable: true, comment: null },
});

test('what is drawn first is an amount, not a number that names something', () => {
  const columns = [
    column('order_id', 'string'),
    column('customer_id', 'long'),
    column('latitude', 'double'),
    column('paid', 'decimal'),
    column('id_checks', 'int'),
  ];
  const relation = { schema: 'shop', name: 'orders', columns: columns.map((c) => c.column_name), strict: [] };
  const { table } = readTable(entry, columns, () => ({ ...relation, key: ['order_id'] }));
  assert.deepEqual(table.measures, ['paid', 'id_checks', 'customer_id', 'latitude']);
});
