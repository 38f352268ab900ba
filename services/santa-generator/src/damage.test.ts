import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GeneratedRecord } from './generator.ts';
import type { FaultKind } from './kinds.ts';
import { broken, generate, parse } from './test-support.ts';

const only = (kind: FaultKind, count = 300): GeneratedRecord[] =>
  generate(count, { quality: 'clean', rates: { [kind]: 1 }, seed: 8 });

const breaking: Partial<Record<FaultKind, string>> = {
  empty_delivery_id: 'valid_delivery_id',
  bad_timestamp: 'valid_timestamp',
  bad_status: 'valid_status',
  bad_coordinates: 'valid_coordinates',
  non_positive_gift_count: 'positive_gift_count',
  huge_integer: 'positive_gift_count',
};
for (const [kind, rule] of Object.entries(breaking)) {
  test(`${kind} breaks ${rule}, and nothing else`, () => {
    for (const record of only(kind as FaultKind)) {
      assert.equal(record.kind, kind);
      assert.deepEqual(broken(parse(record)), [rule]);
    }
  });
}

for (const kind of ['extra_field', 'null_key', 'future', 'ancient', 'emoji_text', 'nul_text', 'proto_key'] as const) {
  test(`${kind} meets the five expectations`, () => {
    for (const record of only(kind)) assert.deepEqual(broken(parse(record)), []);
  });
}

test('unparseable bytes are no JSON, in all their variety', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const records = only('unparseable');
  for (const { value } of records) assert.throws(() => JSON.parse(decoder.decode(value ?? assert.fail())));
  assert.ok(records.some(({ value }) => value?.length === 0));
  assert.ok(records.some(({ value }) => value?.includes('NaN')));
  assert.ok(records.some(({ value }) => value?.includes('\n')));
  assert.ok(records.some(({ value }) => value?.includes(0xff)));
});

test('a wrong type, a missing and a null field leave JSON that is not the intended event', () => {
  for (const kind of ['wrong_type', 'missing_field', 'null_field'] as const) {
    for (const record of only(kind)) assert.notDeepEqual(parse(record), record.event);
  }
  assert.ok(only('missing_field').every((record) => Object.keys(parse(record)).length === 15));
  assert.ok(only('null_field').every((record) => Object.values(parse(record)).includes(null)));
  assert.ok(only('wrong_type').some((record) => typeof parse(record) !== 'object'));
});

test('a tombstone has a key, no value and no event; a null key has both', () => {
  for (const { key, value, event } of only('tombstone')) {
    assert.ok(key !== null && key !== '');
    assert.deepEqual([value, event], [null, null]);
  }
  for (const { key, value, event } of only('null_key')) {
    assert.equal(key, null);
    assert.equal(String(value), JSON.stringify(event));
  }
});

test('clocks are far off: 2999 and 1970', () => {
  for (const record of only('future')) assert.match(String(parse(record).timestamp), /^2999-12-24T/);
  for (const record of only('ancient')) assert.match(String(parse(record).timestamp), /^1970-01-01T/);
});

test('unusual text and numbers arrive as they are meant', () => {
  assert.ok(only('nul_text').every(({ value }) => value?.includes('\\u0000')));
  assert.ok(only('emoji_text').some(({ value }) => value?.includes('🎅🏽')));
  assert.ok(only('proto_key').every((record) => Object.hasOwn(parse(record), '__proto__')));
  assert.ok(only('huge_integer').every(({ value }) => value?.includes('"gift_count":9007199254740993')));
  assert.ok(only('infinite_number').every((record) => Object.values(parse(record)).includes(Number.POSITIVE_INFINITY)));
});

test('an oversized record is just below a megabyte', () => {
  for (const { value } of only('oversized', 3))
    assert.ok(value !== null && value.length > 900_000 && value.length < 910_000);
});

test('the intended event beside a broken one is without fault', () => {
  for (const record of generate(5_000, { quality: 'hostile' })) {
    if (record.event !== null) assert.deepEqual(broken({ ...record.event }), []);
  }
});
