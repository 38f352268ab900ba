import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repairedJson } from './trace-text.ts';

test('JSON that jsonb takes is left as it is', () => {
  for (const json of ['{"a": 1, "b": [null, "\\n"]}', '"\\\\"', '{"a":"🎅🏽"}']) assert.equal(repairedJson(json), json);
});

test('whatever a row holds, its JSON becomes one that jsonb takes', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\0', '\ud83c', '\udf85', '\\', 'u0000', '"', '__proto__') });
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text))), (row) => {
      const repaired = repairedJson(JSON.stringify(row));
      const strings = JSON.stringify(JSON.parse(repaired));
      assert.ok(!/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i.test(strings), strings);
    }),
  );
});

test('text that is no JSON becomes a JSON string', () => {
  assert.equal(repairedJson('\\u0000 {'), '"\\\\u0000 {"');
});
