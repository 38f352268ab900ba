import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { match, path } from './match.ts';

test('a path fits a pattern part by part', () => {
  assert.deepEqual(match('/', '/'), {});
  assert.deepEqual(match('/queries/:name', '/queries/top-cities'), { name: 'top-cities' });
  assert.equal(match('/queries/:name', '/queries'), null);
  assert.equal(match('/queries/:name', '/queries/a/b'), null);
  assert.equal(match('/queries', '/tables'), null);
});

test('what follows a star is kept as it is, also when it is nothing', () => {
  assert.deepEqual(match('/operator/:pipeline/*', '/operator/santa/tables/x'), { pipeline: 'santa', rest: 'tables/x' });
  assert.deepEqual(match('/operator/:pipeline/*', '/operator/santa'), { pipeline: 'santa', rest: '' });
});

test('a path with a broken escape fits nothing', () => {
  assert.equal(match('/queries/:name', '/queries/%E0%A4%A'), null);
});

test('any name comes back from the path that it was put in', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text !== '.' && text !== '..');
  fc.assert(
    fc.property(name, name, (pipeline, table) => {
      const address = path('pipelines', pipeline, 'tables', table);
      assert.deepEqual(match('/pipelines/:pipeline/tables/:table', address), { pipeline, table });
    }),
  );
});
