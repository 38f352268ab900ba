import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cursorOf, keyOf } from './cursor.ts';

test('a cursor is read back as the key that it was made of', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, n) => {
      fc.pre(!text.includes('\0'));
      assert.deepEqual(keyOf(cursorOf([text, n]), ['text', 'number']), [text, n]);
    }),
  );
  assert.equal(keyOf(undefined, ['number']), null);
});

test('any other text is refused, and never reaches a statement', () => {
  const hostile = [
    '',
    'x',
    '%',
    cursorOf([]),
    cursorOf(['1']),
    cursorOf([1.5]),
    cursorOf([-1]),
    cursorOf([2 ** 60]),
    'bnVsbA',
  ];
  for (const cursor of hostile) assert.throws(() => keyOf(cursor, ['number']), { code: 'MED_REQUEST_INVALID' }, cursor);
  for (const text of ['now()', '2026-02-31T00:00:00Z', "'; DROP TABLE x; --"])
    assert.throws(() => keyOf(cursorOf([text]), ['instant']), { code: 'MED_REQUEST_INVALID' }, text);
  assert.throws(() => keyOf(cursorOf(['a\0b']), ['text']), { code: 'MED_REQUEST_INVALID' });
  assert.throws(() => keyOf(cursorOf(['\ud800']), ['text']), { code: 'MED_REQUEST_INVALID' });
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        assert.equal(typeof keyOf(text, ['number'])![0], 'number');
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'MED_REQUEST_INVALID');
      }
    }),
  );
});
