import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tablesOf } from './known-tables.ts';
import { MASK, maskedRow } from './masked-row.ts';

const entry = (table_name: string, columns: readonly string[], personal: readonly string[] = []) => ({
  ...{ table_name, schema_name: 'shop', columns, personal },
});

const shop = tablesOf(
  [
    entry('bronze', ['id', 'label', 'city', '_rescued_data']),
    entry('silver', ['id', 'name', 'city'], ['name']),
    entry('gold', ['city', 'visits']),
    entry('other', ['id', 'name']),
  ],
  [
    { source: 'raw', target: 'bronze' },
    { source: 'bronze', target: 'silver' },
    { source: 'silver', target: 'gold' },
    { source: 'gold', target: 'gold' },
  ],
  [
    { source: 'raw', source_column: 'Label', target: 'bronze', target_column: 'label' },
    { source: 'bronze', source_column: 'label', target: 'silver', target_column: 'name' },
    { source: 'silver', source_column: 'city', target: 'gold', target_column: 'city' },
  ],
)!;

test('a table is sensitive when it or what it is made from has personal columns', () => {
  assert.deepEqual(
    ['bronze', 'silver', 'gold', 'other'].map((table) => shop.shownOf(table).sensitive),
    [false, true, true, false],
  );
});

test('a personal column is hidden under every name that it had before, and so is the text that holds all of a record', () => {
  const { open } = shop.shownOf('silver');
  assert.deepEqual([...open].sort(), ['city', 'id']);
});

test('of a table that is not declared any more nothing is shown', () => {
  const shown = shop.shownOf('gone');
  assert.equal(shown.sensitive, true);
  assert.deepEqual(maskedRow({ id: 1, name: 'Ann' }, shown), {});
});

test('a masked row has the names of declared columns, and the values of open ones', () => {
  const row = JSON.parse('{"id":1,"name":"Ann","label":null,"city":{"name":"Ann"},"Ann":"x","__proto__":"Ann"}');
  assert.deepEqual(maskedRow(row, shop.shownOf('silver')), { id: 1, name: MASK, label: null, city: MASK });
});

test('a row that may be seen is as it was, also with a key __proto__, and another JSON value is no row', () => {
  const row = JSON.parse('{"__proto__":{"polluted":true},"a":1}');
  assert.equal(JSON.stringify(maskedRow(row, 'all')), '{"__proto__":{"polluted":true},"a":1}');
  const shown = { open: new Set(['__proto__']), hidden: new Set<string>() };
  assert.equal(JSON.stringify(maskedRow(JSON.parse('{"__proto__":"x"}'), shown)), '{"__proto__":"x"}');
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  for (const none of [null, 5, 'text', [1]]) assert.equal(maskedRow(none, 'all'), null);
});
