import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Lineage } from '../contract/index.ts';
import { lineageOf } from './lineage.ts';

const edge = (source: string, sourceColumn: string, target: string, targetColumn: string) => ({
  ...{ source, sourceColumn, target, targetColumn },
});

const shop: Lineage = {
  tables: [
    { source: 'raw', target: 'bronze', kind: 'topic' },
    { source: 'bronze', target: 'silver', kind: 'table' },
    { source: 'silver', target: 'gold', kind: 'table' },
    { source: 'silver', target: 'other', kind: 'table' },
    { source: 'apart', target: 'alone', kind: 'table' },
  ],
  columns: [
    edge('raw', 'a', 'bronze', 'a'),
    edge('raw', 'b', 'bronze', 'b'),
    edge('bronze', 'a', 'silver', 'sum'),
    edge('bronze', 'b', 'silver', 'sum'),
    edge('silver', 'sum', 'gold', 'total'),
    edge('bronze', 'b', 'silver', 'b'),
  ],
};

test('of a column, what leads to it and what is made of it, and no siblings', () => {
  const { columns, tables } = lineageOf(shop, 'shop', 'bronze', 'a');
  assert.deepEqual(columns, [shop.columns[0], shop.columns[2], shop.columns[4]]);
  assert.deepEqual(
    tables.map(({ target }) => target),
    ['bronze', 'silver', 'gold'],
  );
  assert.equal(lineageOf(shop, 'shop', 'silver', 'sum').columns.length, 5);
});

test('of a table, all that it is made from and all that is made from it', () => {
  const { tables } = lineageOf(shop, 'shop', 'silver', undefined);
  assert.deepEqual(
    tables.map(({ target }) => target),
    ['bronze', 'silver', 'gold', 'other'],
  );
});

test('a name that nobody knows is not found, whatever it is', () => {
  for (const name of ['none', '__proto__', "x'; --", '']) {
    assert.throws(() => lineageOf(shop, 'shop', name, undefined), { code: 'MED_NOT_FOUND' });
    assert.throws(() => lineageOf(shop, 'shop', 'bronze', name), { code: 'MED_NOT_FOUND' });
  }
});

test('circles end, and every edge that is told lies on a way to or from the column', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const edges = fc.array(fc.tuple(name, name, name, name), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(edges, (all) => {
      const columns = all.map(([s, sc, t, tc]) => edge(s, sc, t, tc));
      const [first] = columns;
      const found = new Set(lineageOf({ tables: [], columns }, 'p', first!.source, first!.sourceColumn).columns);
      // By the definition: closures of the relation, one step at a time until nothing is added.
      const closure = (tail: (e: typeof first & object) => string, head: (e: typeof first & object) => string) => {
        const nodes = new Set([`${first!.source} ${first!.sourceColumn}`]);
        for (let size = -1; size !== nodes.size; ) {
          size = nodes.size;
          for (const each of columns) if (nodes.has(tail(each))) nodes.add(head(each));
        }
        return columns.filter((each) => nodes.has(tail(each)));
      };
      const source = (e: { source: string; sourceColumn: string }) => `${e.source} ${e.sourceColumn}`;
      const target = (e: { target: string; targetColumn: string }) => `${e.target} ${e.targetColumn}`;
      assert.deepEqual(
        found,
        new Set(
          [...closure(source, target), ...closure(target, source)].toSorted(
            (x, y) => columns.indexOf(x) - columns.indexOf(y),
          ),
        ),
      );
    }),
  );
});
