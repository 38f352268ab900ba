import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileExpression, FUNCTIONS, parseExpression } from '../libs/expressions/src/index.ts';

const doc = readFileSync(join(import.meta.dirname, '../docs/expressions.md'), 'utf8');

test('docs/expressions.md lists the functions that there are, as they are', () => {
  const listed = [...doc.matchAll(/^\| `([A-Z_]+\([^`]*\))` \| ([^|`]+) \|$/gm)].map(([, signature, text]) => [
    signature,
    text,
  ]);
  assert.deepEqual(
    listed,
    Object.values(FUNCTIONS).map((f) => [f.signature, f.doc]),
  );
});

test('the values in docs/expressions.md are those of the expressions', () => {
  const examples = doc.slice(doc.indexOf('| expression | value |'));
  const rows = [...examples.matchAll(/^\| `(.+)` \| `(.+)` \|$/gm)];
  assert.ok(rows.length > 15);
  for (const [, text, value] of rows)
    assert.deepEqual(compileExpression(parseExpression(text!, []))({}), JSON.parse(value!), text);
});
