import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agesOf } from './freshness.ts';

test('D10 a table is as old as the oldest of its inputs, through all tables between, and says whose age it is', () => {
  const own = new Map([
    ['bronze', 300],
    ['silver', 20],
    ['dimension', 100],
    ['gold', 10],
  ]);
  const inputs = new Map([
    ['silver', ['bronze']],
    ['gold', ['silver', 'dimension']],
  ]);
  const ages = agesOf(['bronze', 'silver', 'dimension', 'gold'], own, inputs);
  assert.deepEqual(ages.get('gold'), { ms: 300, from: 'bronze' });
  assert.deepEqual(ages.get('silver'), { ms: 300, from: 'bronze' });
  assert.deepEqual(ages.get('dimension'), { ms: 100, from: 'dimension' });
});

test('D10 an age of its own counts where it is as great', () => {
  const ages = agesOf(['a', 'b'], new Map(Object.entries({ a: 5, b: 5 })), new Map([['b', ['a']]]));
  assert.deepEqual(ages.get('b'), { ms: 5, from: 'b' });
});

test('a view without an age of its own has that of its input; one of which nothing is known has none', () => {
  const inputs = new Map([
    ['view', ['a']],
    ['lost', ['nowhere']],
  ]);
  const ages = agesOf(['view', 'lost'], new Map([['a', 7]]), inputs);
  assert.deepEqual(Object.fromEntries(ages), { a: { ms: 7, from: 'a' }, view: { ms: 7, from: 'a' } });
});

test('a cycle, which no catalogue has, ends', () => {
  const inputs = new Map([
    ['a', ['b']],
    ['b', ['a']],
  ]);
  assert.equal(agesOf(['a', 'b'], new Map([['a', 1]]), inputs).get('a')?.ms, 1);
});

/** Graphs without cycles: a table reads some of those before it. */
const graphs = fc.array(
  fc.record({ own: fc.option(fc.nat(50), { nil: null }), reads: fc.array(fc.nat(20), { maxLength: 4 }) }),
  { maxLength: 12 },
);

test('D10 inheritance equals a look at everything upstream', () => {
  fc.assert(
    fc.property(graphs, (drawn) => {
      const name = (i: number) => `t${i}`;
      const tables = drawn.map((_, i) => name(i));
      const own = new Map(drawn.flatMap((each, i) => (each.own === null ? [] : [[name(i), each.own] as const])));
      const inputs = new Map(drawn.map(({ reads }, i) => [name(i), i === 0 ? [] : reads.map((n) => name(n % i))]));
      /** Everything that a table is made from, itself included, each as often as there are ways to it. */
      const upstream = (table: string): string[] => [table, ...(inputs.get(table) ?? []).flatMap(upstream)];
      const ages = agesOf(tables, own, inputs);
      for (const table of tables) {
        const found = upstream(table).flatMap((each) => own.get(each) ?? []);
        const age = ages.get(table);
        assert.equal(age?.ms, found.length === 0 ? undefined : Math.max(...found));
        if (age === undefined) continue;
        assert.equal(own.get(age.from), age.ms);
        assert.ok(upstream(table).includes(age.from));
        if (own.get(table) === age.ms) assert.equal(age.from, table);
      }
    }),
  );
});
