import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterText, OPERATORS, signOf } from './conditions.ts';

test('a condition is told as column, operator and value, whatever is in the value', () => {
  assert.equal(filterText({ column: 'city', operator: 'eq', value: "a:b' OR 1=1" }), "city:eq:a:b' OR 1=1");
});

test('whether there is a value at all is asked without one', () => {
  assert.equal(filterText({ column: 'city', operator: 'null', value: 'left over' }), 'city:null');
  assert.equal(filterText({ column: 'city', operator: 'not_null', value: '' }), 'city:not_null');
});

test('each comparison has a sign of its own', () => {
  assert.equal(new Set(OPERATORS.map(([name]) => signOf(name))).size, OPERATORS.length);
});
