import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryInfo } from '../api/contract.ts';
import { known, parametersIn, queryAddress } from './query-address.ts';

const info: QueryInfo = {
  name: 'top-cities',
  title: '',
  description: '',
  parameters: ['from', 'region', 'limit'],
  chart: { kind: 'table', x: null, y: [], series: null },
};

test('an address names the parameters, and what is no parameter is not one', () => {
  const search = new URLSearchParams('region=Asia&limit=5&city=&from=2026-12-24T12:00:00.000Z&evil=1&limitless=2');
  assert.deepEqual(parametersIn(search), { region: 'Asia', limit: 5, from: '2026-12-24T12:00:00.000Z' });
  assert.deepEqual(parametersIn(new URLSearchParams('limit=many')), {});
});

test('a query is asked only what it knows', () => {
  assert.deepEqual(known({ region: 'Asia', city: 'Tokyo', limit: 3 }, info), { region: 'Asia', limit: 3 });
});

test('values are escaped in the address', () => {
  assert.equal(
    queryAddress('a/b', { region: 'A&B=c', limit: 3 }, 'csv'),
    '/api/queries/a%2Fb?region=A%26B%3Dc&limit=3&format=csv',
  );
  assert.equal(queryAddress('top-cities', {}), '/api/queries/top-cities');
});
