import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rowBuilder, rowVisitor } from './row-access.ts';

const anyNames = fc.uniqueArray(
  fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'a"b', "a'b", 'a\\b', '`${x}`', '\u2028', 'in')),
  {
    maxLength: 8,
  },
);

test('rows are built and visited column by column, whatever the names', () => {
  fc.assert(
    fc.property(anyNames, (names) => {
      const built = rowBuilder(names)((i) => i);
      assert.deepEqual(Object.keys(built).sort(), [...names].sort());
      assert.equal(Object.getPrototypeOf(built), Object.prototype);
      const seen: unknown[] = [];
      assert.equal(
        rowVisitor(names)(built, (i, value) => seen.push([i, value]) > 0),
        true,
      );
      assert.deepEqual(
        seen,
        names.map((_, i) => [i, i]),
      );
    }),
  );
});

test('a visit ends where it is told to', () => {
  const seen: number[] = [];
  assert.equal(
    rowVisitor(['a', 'b', 'c'])({}, (i) => seen.push(i) < 2),
    false,
  );
  assert.deepEqual(seen, [0, 1]);
});
