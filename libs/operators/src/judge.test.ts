import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REJECTED } from '@medallion/core';
import fc from 'fast-check';
import { type Action, createJudge, type Expectation } from './judge.ts';

type V = string | number | null;

const column = (name: string, action: Action, accept: (value: V) => V | typeof REJECTED, on = 'a'): Expectation<V> => ({
  name,
  action,
  text: name,
  rule: { kind: 'columns', columns: [{ column: on, text: name, accept }] },
});
const rowRule = (name: string, action: Action, rule: (row: Record<string, V>) => unknown): Expectation<V> => ({
  name,
  action,
  text: name,
  rule: { kind: 'row', test: rule },
});
const rejects = (name: string, action: Action): Expectation<V> => column(name, action, () => REJECTED);
const accepts = (name: string, action: Action): Expectation<V> => column(name, action, (value) => value);

test('E1 a verdict names every rule that was broken, in order, not only the first', () => {
  const judge = createJudge([
    rejects('one', 'warn'),
    accepts('two', 'fail'),
    rejects('three', 'quarantine'),
    rejects('four', 'drop'),
  ]);
  const { broken } = judge({ a: 1 });
  assert.deepEqual(
    broken.map((e) => e.name),
    ['one', 'three', 'four'],
  );
});

test('E2 a row predicate passes only when it says true', () => {
  for (const said of [false, null, undefined, 1, 'true', Number.NaN, {}])
    assert.equal(createJudge([rowRule('r', 'drop', () => said)])({ a: 1 }).action, 'drop');
  assert.equal(createJudge([rowRule('r', 'drop', () => true)])({ a: 1 }).action, null);
});

test('E2 a rule that throws is broken', () => {
  const thrower = (): never => {
    throw new Error('no');
  };
  assert.equal(createJudge([rowRule('r', 'quarantine', thrower)])({ a: 1 }).action, 'quarantine');
  assert.equal(createJudge([column('c', 'quarantine', thrower)])({ a: 1 }).action, 'quarantine');
});

test('E3 the strongest action of the broken rules counts, whatever their order', () => {
  const strength: Action[] = ['warn', 'drop', 'quarantine', 'fail'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...strength)), (actions) => {
      const verdict = createJudge(actions.map((action, i) => rejects(String(i), action)))({ a: 1 });
      const strongest = strength.filter((action) => actions.includes(action)).at(-1) ?? null;
      assert.equal(verdict.action, strongest);
      assert.equal(verdict.broken.length, actions.length);
    }),
  );
});

test('E4 a blocking rule replaces the column by the value that it accepted, a warn rule does not', () => {
  const double = (value: V): V => (value as number) * 2;
  for (const action of ['drop', 'quarantine', 'fail'] as const) {
    const row: Record<string, V> = { a: 2 };
    createJudge([column('c', action, double)])(row);
    assert.equal(row.a, 4);
  }
  const row: Record<string, V> = { a: 2 };
  createJudge([column('c', 'warn', double)])(row);
  assert.equal(row.a, 2);
});

test('E5 a rule after a blocking one that rejected its column is given null', () => {
  const given: V[] = [];
  const spy = (value: V): V => {
    given.push(value);
    return value;
  };
  createJudge([rejects('first', 'quarantine'), column('second', 'quarantine', spy)])({ a: 7 });
  createJudge([rejects('first', 'warn'), column('second', 'quarantine', spy)])({ a: 7 });
  assert.deepEqual(given, [null, 7]);
});

test('a rule over several columns is broken when one of them is, and still looks at the others', () => {
  const seen: string[] = [];
  const rule: Expectation<V> = {
    name: 'both',
    action: 'quarantine',
    text: 'both',
    rule: {
      kind: 'columns',
      columns: ['a', 'b'].map((name) => ({
        column: name,
        text: name,
        accept: (value: V) => {
          seen.push(name);
          return value === 0 ? REJECTED : value;
        },
      })),
    },
  };
  assert.equal(createJudge([rule])({ a: 0, b: 1 }).action, 'quarantine');
  assert.equal(createJudge([rule])({ a: 1, b: 0 }).action, 'quarantine');
  assert.equal(createJudge([rule])({ a: 1, b: 1 }).action, null);
  assert.deepEqual(seen, ['a', 'b', 'a', 'b', 'a', 'b']);
});
