import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Parameter, Schema } from './description.ts';
import { apiOf, groupsFound, type Operation } from './operations.ts';
import { addressOf, curlOf, exampleOf, firstValues, missing } from './request.ts';
import { formatted } from './send.ts';

const inPath = (name: string): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const inQuery = (name: string, schema: Schema = { type: 'string' }, required = false): Parameter => ({
  ...{ name, in: 'query', required, schema },
});
const operation = (rest: Partial<Operation> = {}): Operation => ({
  ...{ id: 'x', method: 'GET', path: '/api/{a}/rows', summary: '', description: '', access: 'viewer' },
  parameters: [inPath('a'), inQuery('q'), inQuery('each', { type: 'array', items: { type: 'string' } })],
  ...{ body: null, answers: [] },
  ...rest,
});

test('an address has the values that were given, each once, lists one by one', () => {
  assert.equal(addressOf(operation(), {}), '/api/{a}/rows');
  assert.equal(
    addressOf(operation(), { a: 'b/c d', q: '', each: 'x=1\n\ny' }),
    '/api/b%2Fc%20d/rows?each=x%3D1&each=y',
  );
});

test('whatever was typed in comes back from the address', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(value, value, (a, q) => {
      const url = new URL(
        addressOf(operation({ path: '/api/{a}' }), { a: a.toWellFormed(), q: q.toWellFormed() }),
        'http://x',
      );
      assert.equal(url.searchParams.get('q'), q.toWellFormed());
      if (a !== '.' && a !== '..')
        assert.equal(decodeURIComponent(url.pathname.slice('/api/'.length)), a.toWellFormed());
    }),
  );
});

test('what has to be given begins with what is known, else with the example; what has a default need not be given', () => {
  const asked = operation({
    parameters: [
      { ...inPath('pipeline'), example: 'example' },
      { ...inPath('name'), example: 'top-cities' },
      inQuery('channels', { type: 'string', default: 'commit' }, true),
      inQuery('must', { type: 'string' }, true),
      { ...inQuery('city'), example: 'Oslo' },
    ],
  });
  const values = firstValues(asked, { pipeline: 'mine' });
  assert.deepEqual(values, { pipeline: 'mine', name: 'top-cities', channels: '', must: '', city: '' });
  assert.deepEqual(missing(asked, values), ['must']);
});

test('the command asks as a program has to: with a token, or with what shows that a change is meant', () => {
  const values = { a: 'x' };
  assert.equal(curlOf(operation(), values, 'http://h', 'none'), "curl 'http://h/api/x/rows'");
  assert.match(curlOf(operation(), values, 'http://h', 'oidc'), /-H "Authorization: Bearer \$TOKEN"$/);
  assert.doesNotMatch(curlOf(operation({ access: 'everybody' }), values, 'http://h', 'token'), /Bearer/);
  const body = { type: 'object', properties: { t: { type: 'string', examples: ["it's"] } }, required: ['t'] };
  const change = operation({ method: 'POST', body });
  assert.match(curlOf(change, values, 'http://h', 'none'), /^curl -X POST .*\n {2}-H "x-csrf-token: \$CSRF"/);
  assert.doesNotMatch(curlOf(change, values, 'http://h', 'token'), /csrf/);
  assert.ok(curlOf(change, values, 'http://h', 'token').endsWith(`-d '{"t":"it'\\''s"}'`));
  const stream = operation({ answers: [{ status: '200', description: '', mediaType: 'text/event-stream' }] });
  assert.match(curlOf(stream, values, 'http://h', 'none'), /^curl -N /);
});

test('the example of a body has what it must have, and no more', () => {
  const schema: Schema = {
    type: 'object',
    required: ['name', 'dry', 'count', 'list', 'some'],
    properties: {
      name: { type: 'string' },
      dry: { type: 'boolean', examples: [true] },
      count: { type: 'integer', minimum: 3 },
      list: { type: 'array', items: { type: 'string' } },
      some: { type: 'string', default: 'x' },
      optional: { type: 'string' },
    },
  };
  assert.deepEqual(exampleOf(schema), { name: '…', dry: true, count: 3, list: [], some: 'x' });
});

test('a search finds by method, path, summary and parameters, and leaves out empty groups', () => {
  const described = { summary: 'Rows of it', tags: ['tables'], parameters: [inQuery('cursor')] };
  const { groups } = apiOf({
    ...{ openapi: '3.1.0', info: { title: '', version: '1' }, tags: [{ name: 'empty' }, { name: 'tables' }] },
    paths: { '/api/rows': { get: described }, '/api/log': { delete: { summary: 'Leave' } } },
  });
  const idsOf = (query: string): readonly string[] =>
    groupsFound(groups, query).flatMap(({ operations }) => operations.map(({ id }) => id));
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['tables', 'others'],
  );
  for (const query of ['ROWS', 'get of', 'cursor', '/api/rows'])
    assert.deepEqual(idsOf(query), ['get-api-rows'], query);
  assert.deepEqual(idsOf('delete'), ['delete-api-log']);
  assert.deepEqual(idsOf(''), ['get-api-rows', 'delete-api-log']);
  assert.deepEqual(groupsFound(groups, 'nothing'), []);
});

test('JSON is shown with a line for each value, and what is none as it came', () => {
  assert.equal(formatted('{"a":[1]}', 'application/problem+json; charset=utf-8'), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(formatted('{"a":', 'application/json'), '{"a":');
  assert.equal(formatted('{"a":1}', 'text/csv'), '{"a":1}');
});
