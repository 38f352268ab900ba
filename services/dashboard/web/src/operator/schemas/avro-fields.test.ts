import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compared, fieldsOf, typeText } from './avro-fields.ts';

test('types are told in the words of the language', () => {
  assert.equal(typeText(['null', 'long']), 'long or null');
  assert.equal(typeText({ type: 'array', items: 'string' }), 'list of string');
  assert.equal(typeText({ type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }), 'decimal(10, 2)');
  assert.equal(typeText({ type: 'long', logicalType: 'timestamp-millis' }), 'timestamp-millis');
  assert.equal(typeText({ type: 'map', values: ['null', 'int'] }), 'map of int or null');
  const item = {
    type: 'record',
    name: 'Item',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'n', type: 'int' },
    ],
  };
  assert.equal(typeText(item), '(id string, n int)');
  assert.equal(typeText({ type: 'enum', symbols: ['a', 'b'] }), 'a | b');
});

test('what is no record has no fields', () => {
  for (const schema of [null, 'string', [], { type: 'array' }, { fields: 3 }]) assert.deepEqual(fieldsOf(schema), []);
});

test('two versions are compared field by field, what is gone last', () => {
  const record = (fields: readonly (readonly [string, string])[]) => ({
    fields: fields.map(([name, type]) => ({ name, type })),
  });
  const before = record([
    ['a', 'int'],
    ['gone', 'string'],
    ['b', 'int'],
  ]);
  const after = record([
    ['a', 'int'],
    ['b', 'long'],
    ['c', 'string'],
  ]);
  assert.deepEqual(compared(before, after), [
    { name: 'a', change: 'same', before: 'int', after: 'int' },
    { name: 'b', change: 'changed', before: 'int', after: 'long' },
    { name: 'c', change: 'added', before: null, after: 'string' },
    { name: 'gone', change: 'removed', before: 'string', after: null },
  ]);
});
