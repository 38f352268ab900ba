import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesText, instantText, SHOWN_BYTES, visible } from './safe-text.ts';

test('text stays as it is, also markup, and what cannot be seen is shown as a symbol', () => {
  assert.equal(visible('<script>alert("x")</script>\n\tüäñ 🎁'), '<script>alert("x")</script>\n\tüäñ 🎁');
  assert.equal(visible('a\0b\u001bc\u007fd'), 'a\u2400b\u241bc\u2421d');
  assert.equal(visible('\ud800x\udc00'), '\ufffdx\ufffd');
  assert.equal(visible('abc\u202egnp.exe'), 'abc\ufffdgnp.exe');
});

test('bytes that are no UTF-8 are base64 with a mark', () => {
  assert.deepEqual(bytesText(Buffer.from([0xff, 0x00, 0x01])), { text: 'base64:/wAB', cut: false });
  assert.deepEqual(bytesText(Buffer.alloc(0)), { text: '', cut: false });
});

test('a cut goes through no character: text of any length stays text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 80 }), (text, most) => {
      const bytes = Buffer.from(text.toWellFormed());
      const { text: shown, cut } = bytesText(bytes, most);
      assert.equal(cut, bytes.length > most);
      assert.ok(!shown.startsWith('base64:') || text.startsWith('base64:'), shown);
      assert.ok(visible(text.toWellFormed()).startsWith(shown));
      assert.ok(shown.isWellFormed());
    }),
  );
  const { text, cut } = bytesText(Buffer.from('ü'.repeat(SHOWN_BYTES)));
  assert.deepEqual([text.length, cut], [SHOWN_BYTES / 2, true]);
});

test('an instant that no calendar of four digits knows is none', () => {
  assert.equal(instantText(0), '1970-01-01T00:00:00.000Z');
  for (const at of [null, Number.NaN, Number.NEGATIVE_INFINITY, 8.64e15, -8.64e15]) assert.equal(instantText(at), null);
});
