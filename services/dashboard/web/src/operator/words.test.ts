import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import { counted, detailText, freshnessText, lagText, shortName, shortWhy, troubleText } from './words.ts';

test('a lag is told in records and in seconds, and none is called none', () => {
  assert.equal(lagText({ lagRecords: 1204, lagSeconds: 3 }), '1,204 records, 3 s');
  assert.equal(lagText({ lagRecords: 1, lagSeconds: null }), '1 record');
  assert.equal(lagText({ lagRecords: 0, lagSeconds: 0 }), 'none');
  assert.equal(lagText({ lagRecords: null, lagSeconds: null }), '–');
});

test('freshness tells whose age it is', () => {
  assert.equal(freshnessText({ seconds: 3, origin: 'own', from: null }), '3 s ago, its own');
  assert.equal(
    freshnessText({ seconds: 35, origin: 'inherited', from: 'customer_mv' }),
    '35 s ago, inherited from customer_mv',
  );
  assert.equal(freshnessText(null), '–');
});

test('one is one, others are many', () => {
  assert.deepEqual([counted(0, 'row'), counted(1, 'row'), counted(1234, 'row')], ['0 rows', '1 row', '1,234 rows']);
});

test('a short name is without what its lane says already', () => {
  assert.equal(shortName('gold_delivery_by_region', 'gold'), 'delivery_by_region');
  assert.equal(shortName('gold_top_cities', 'gold'), 'top_cities');
  assert.equal(shortName('circuit-box/customers/*.json', 'source'), 'customers/*.json');
  assert.equal(shortName('a.topic.with.a.long.name', 'source'), 'a.topic.with.a.long.name');
  assert.equal(shortName('addresses_current_of_silver', 'silver'), 'addresses_current_of_silver');
});

test('what an event tells reads as text, lists of names without brackets', () => {
  assert.equal(detailText('a'), 'a');
  assert.equal(detailText(['a__state', 'a__members']), 'a__state, a__members');
  assert.equal(detailText([]), '');
  assert.equal(detailText([1, 'a']), '[1,"a"]');
  assert.equal(detailText({ a: 1 }), '{"a":1}');
  assert.equal(detailText(null), 'null');
});

test('a trouble says its code and its remedy once', () => {
  const { code, message, remedy } = new MedallionError('MED_LOG_UNAVAILABLE', { reason: 'refused' });
  const trouble = { severity: 'error', subject: 'Kafka', code, message: `no lags: ${message}`, remedy } as const;
  assert.equal(troubleText(trouble), 'no lags: Kafka does not answer: refused.');
  assert.equal(troubleText({ ...trouble, code: null, remedy: null, message: 'a: b' }), 'a: b');
  assert.equal(troubleText({ ...trouble, message: 'broke a rule' }), 'broke a rule');
});

test('a short reason leaves out that nothing waits, and nothing else', () => {
  assert.equal(shortWhy('Nothing came for 13 min 28 s, and nothing waits.'), 'Nothing came for 13 min 28 s');
  assert.equal(shortWhy('3 records wait and none was read for 6 s.'), '3 records wait and none was read for 6 s.');
});
