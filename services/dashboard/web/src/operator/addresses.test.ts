import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiPath, sectionPath, tablePath } from './addresses.ts';

test('names are escaped in paths and in queries, and what is not given is left out', () => {
  assert.equal(sectionPath('p', ''), '/operator/p');
  assert.equal(sectionPath('p', 'quarantine', { table: 'a&b', rule: null }), '/operator/p/quarantine?table=a%26b');
  assert.equal(tablePath('p', 'a/b'), '/operator/p/tables/a%2Fb');
  assert.equal(apiPath('p', ['expectations', 't', 'r?', 'history']), '/api/operator/p/expectations/t/r%3F/history');
});
