import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Schema } from './description.ts';
import { boundWords, typeWords } from './type-words.ts';

const words = (schema: Schema): string => typeWords(schema, { Named: { type: 'string' } });
const bounds = (schema: Schema): readonly string[] => boundWords(schema, {});

test('a type is said in the words of JSON', () => {
  assert.equal(words({ type: 'string' }), 'string');
  assert.equal(words({ type: 'string', format: 'date-time' }), 'string (date-time)');
  assert.equal(words({ type: 'array', items: { type: 'integer' } }), 'array of integer');
  assert.equal(words({ type: 'array' }), 'array of any value');
  assert.equal(words({ type: 'object', properties: {} }), 'object');
  assert.equal(words({ type: 'object', additionalProperties: { type: 'integer' } }), 'object of integer');
  assert.equal(words({ type: 'object', additionalProperties: false }), 'object');
  assert.equal(words({ type: ['string', 'null'] }), 'string or null');
  assert.equal(words({}), 'any value');
  assert.equal(words({ $ref: '#/components/schemas/Named' }), 'string');
});

test('a choice is said by what it is between, null last', () => {
  assert.equal(words({ anyOf: [{ type: 'null' }, { type: 'string' }] }), 'string or null');
  assert.equal(words({ anyOf: [{ type: 'string', enum: ['a'] }, { const: 'b' }] }), '"a" or "b"');
  assert.equal(words({ enum: ['a', 1, null] }), '"a" or 1 or null');
  assert.equal(words({ oneOf: [{ type: 'string' }, { type: 'string' }] }), 'string');
});

test('bounds are said with their numbers, and defaults with what they are for', () => {
  assert.deepEqual(bounds({ type: 'integer', minimum: 1, maximum: 1_440, default: 60 }), [
    '1 to 1,440',
    '60 where nothing is said',
  ]);
  assert.deepEqual(bounds({ minimum: 0 }), ['at least 0']);
  assert.deepEqual(bounds({ maxLength: 200 }), ['at most 200 characters']);
  assert.deepEqual(bounds({ minItems: 1, maxItems: 10 }), ['1 to 10 items']);
  assert.deepEqual(bounds({ pattern: '^[^\\u0000]*$' }), ['without NUL']);
  assert.deepEqual(bounds({ pattern: '^a' }), ['matches ^a']);
  assert.deepEqual(bounds({ default: 'commit' }), ['"commit" where nothing is said']);
  assert.deepEqual(bounds({ default: false }), ['false where nothing is said']);
  assert.deepEqual(bounds({ anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }] }), ['at most 5 characters']);
});
