import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyRow, Field, Value } from '@medallion/schema';
import fc from 'fast-check';
import { compileCondition, compileExpression, parseCondition, parseExpression, toSql } from './index.ts';
import { likePattern } from './operations/like-pattern.ts';

const FIELDS: readonly Field[] = [
  { name: 'a', type: { kind: 'boolean' }, nullable: true },
  { name: 'b', type: { kind: 'boolean' }, nullable: true },
  { name: 's', type: { kind: 'string' }, nullable: true },
  { name: 'x', type: { kind: 'double' }, nullable: true },
];
const answer = (text: string, row: AnyRow = {}): Value => compileExpression(parseExpression(text, FIELDS))(row);

test('X1 AND, OR and NOT know three values', () => {
  const and = (a: Value, b: Value): Value =>
    a === false || b === false ? false : a === null || b === null ? null : true;
  for (const a of [true, false, null])
    for (const b of [true, false, null]) {
      assert.equal(answer('a AND b', { a, b }), and(a, b));
      assert.equal(answer('NOT (NOT a OR NOT b)', { a, b }), and(a, b));
      assert.equal(answer('a = b', { a, b }), a === null || b === null ? null : a === b);
      assert.equal(answer('(a AND b) IS NOT TRUE', { a, b }), and(a, b) !== true);
    }
});

test('X1 only true passes a condition', () => {
  const passes = compileCondition(parseCondition('x > 1', FIELDS));
  assert.deepEqual([{ x: 2 }, { x: 1 }, { x: null }, {}].map(passes), [true, false, false, false]);
});

test('X2 what has no value is NULL', () => {
  for (const text of [
    '1 / 0',
    '1 % 0',
    'x / 0',
    '9007199254740991 * 2',
    'CAST(x AS bigint)',
    'x * x',
    "CAST('' AS date)",
  ])
    assert.equal(answer(text, { x: 1e300 }), null, text);
});

test('X4 text is ordered by code points, which JavaScript itself does not do', () => {
  assert.ok('\u{1f385}' < '\uffee');
  assert.equal(answer("s > '\uffee'", { s: '\u{1f385}' }), true);
  assert.equal(answer("GREATEST(s, '\uffee')", { s: '\u{1f385}' }), '\u{1f385}');
});

test('LIKE agrees with a regular expression, and takes no exponential time', () => {
  const part = fc.constantFrom('%', '_', 'a', 'b', '\\%', '\\_', '🎅');
  fc.assert(
    fc.property(fc.array(part), fc.array(fc.constantFrom('a', 'b', '%', '_', '🎅', '\n')), (parts, text) => {
      const regular = parts.map((p) => (p === '%' ? '[^]*' : p === '_' ? '[^]' : p.replace('\\', ''))).join('');
      assert.equal(
        likePattern(parts.join('')).matches(text.join('')),
        new RegExp(`^${regular}$`, 'u').test(text.join('')),
      );
    }),
  );
  assert.equal(likePattern(`${'%a'.repeat(50)}b`).matches('a'.repeat(10_000)), false);
});

test('texts and names cannot leave their quotes in SQL', () => {
  const field: Field = { name: 'x"; DROP TABLE y; --', type: { kind: 'string' }, nullable: true };
  const expression = parseExpression(`"x""; DROP TABLE y; --" = 'it''s \\'`, [field]);
  assert.equal(
    toSql(expression, (name) => `"${name.replaceAll('"', '""')}"`),
    `("x""; DROP TABLE y; --" = E'it''s \\\\'::text)`,
  );
});

test('the columns of a row that has a name of Object are its own', () => {
  const field: Field = { name: 'constructor', type: { kind: 'string' }, nullable: true };
  assert.equal(compileExpression(parseExpression('constructor IS NULL', [field]))({ constructor: null }), true);
});
