import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, list, long, nullable, row, string } from '@medallion/schema';
import fc from 'fast-check';
import { topicSchema } from './registry-codecs.ts';
import { schemaDifferences } from './schema-differences.ts';

const Item = row('Item', { sku: string(), price: decimal(10, 2) });
const schemaOf = (fields: Parameters<typeof row>[1]) => topicSchema('shop.orders', row('Order', fields));

test('fields that come, go and change are told by name and type', () => {
  const before = schemaOf({ id: string(), gone: long(), amount: decimal(12, 2), items: list(Item) });
  const after = schemaOf({
    ...{ id: string('of the order'), amount: decimal(14, 2), city: nullable(string()) },
    items: list(row('Item', { sku: string(), price: decimal(10, 2), more: nullable(long()) })),
  });
  const found = schemaDifferences(before, after);
  assert.deepEqual(
    found.filter((each) => !each.includes('items')),
    [
      'adds "city" (string or null)',
      'removes "gone" (long)',
      '"id" is described otherwise',
      '"amount" was decimal(12,2), is decimal(14,2)',
    ],
  );
  assert.ok(found.includes('adds "items.more" (long or null)'), found.join('\n'));
});

test('the same schema has no differences, and anything else has some', () => {
  const schema = schemaOf({ id: string(), items: list(Item) });
  assert.deepEqual(schemaDifferences(schema, structuredClone(schema)), []);
  assert.deepEqual(schemaDifferences('string', 'long'), ['changed']);
  assert.deepEqual(schemaDifferences({ a: 1 }, { a: 2 }), ['changed']);
});

test('whatever a registry holds, it is compared without an error, and equals itself', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue({ maxDepth: 5 }), (a, b) => {
      assert.deepEqual(schemaDifferences(a, a), []);
      const equal = JSON.stringify(a) === JSON.stringify(b);
      assert.equal(schemaDifferences(a, b).length === 0, equal);
      const wrap = (x: unknown) => ({ type: 'record', name: 'R', fields: [{ name: 'a', type: x }, x] });
      assert.doesNotThrow(() => schemaDifferences(wrap(a), wrap(b)));
    }),
  );
});
