import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errors, silentLog } from '@medallion/core';
import type { Description, Named, Schema } from '../../web/src/api-docs/description.ts';
import { type Api, apiOf, type Operation } from '../../web/src/api-docs/operations.ts';
import { addressOf, curlOf, firstValues, missing } from '../../web/src/api-docs/request.ts';
import { schemaLines } from '../../web/src/api-docs/schema-lines.ts';
import { boundWords, typeWords } from '../../web/src/api-docs/type-words.ts';
import { featuresOf } from '../features.ts';
import { auditTo } from '../security/audit.ts';
import { openTestApp, readerOf, steadyParts, type TestApp } from './test-app.ts';

let app: TestApp;
let description: Description;
let api: Api;
let operations: readonly Operation[];

before(async () => {
  app = await openTestApp({
    parts: steadyParts({ reader: readerOf(async () => []) }),
    features: (parts, config) => featuresOf(parts, config, auditTo({ log: silentLog })),
  });
  description = (await app.get<Description>('/api/openapi.json')).body;
  api = apiOf(description);
  operations = api.groups.flatMap((group) => group.operations);
});
after(() => app.close());

/** Every name of a property or of a definition, however deep: by a walk that knows nothing of types. */
function namesIn(value: unknown, named: Named): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { properties, ...rest } = value as Schema;
  const own = Object.entries(properties ?? {}).flatMap(([name, each]) => [name, ...namesIn(each, named)]);
  return [...own, ...Object.values(rest).flatMap((each) => namesIn(each, named))];
}

const sorted = (names: readonly string[]): readonly string[] => names.toSorted();

test('each operation of the API is shown once, under a group that says what it is about', () => {
  const described = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.ok(described.length >= 25, `only ${described.length} operations`);
  assert.deepEqual(sorted(operations.map(({ method, path }) => `${method} ${path}`)), sorted(described));
  assert.equal(new Set(operations.map(({ id }) => id)).size, operations.length);
  for (const group of api.groups) assert.notEqual(group.description, '', group.name);
});

test('each operation says what it is for, and each parameter what it means', () => {
  for (const { method, path, summary, parameters } of operations) {
    assert.notEqual(summary, '', `${method} ${path}`);
    for (const { name, description: meaning = '' } of parameters) assert.notEqual(meaning, '', `${path}: ${name}`);
  }
});

test('every property of every body and answer has its line, and none of them says undefined', () => {
  let lines = 0;
  for (const { method, path, body, answers, parameters } of operations) {
    const where = `${method} ${path}`;
    for (const schema of [body, ...answers.map((answer) => answer.schema)]) {
      if (schema === null || schema === undefined || schema.$ref !== undefined) continue;
      const [, ...shown] = schemaLines(schema, api.named);
      lines += shown.length;
      assert.deepEqual(sorted(shown.map(({ name }) => name)), sorted(namesIn(schema, api.named)), where);
      assert.equal(new Set(shown.map(({ within, name }) => within + name)).size, shown.length, where);
      for (const line of schemaLines(schema, api.named)) {
        assert.notEqual(line.type, '', where);
        assert.doesNotMatch(JSON.stringify(Object.values(line)), /undefined|\[object|NaN/, where);
      }
    }
    for (const { schema } of parameters)
      assert.doesNotMatch(
        [typeWords(schema, api.named), ...boundWords(schema, api.named)].join(),
        /undefined|NaN/,
        where,
      );
  }
  assert.ok(lines > 400, `only ${lines} lines`);
});

test('every refusal is described, by a schema that there is, with every code that a client may be told', () => {
  for (const { answers, path } of operations) {
    const problem = answers.find(({ status }) => status === 'default');
    assert.deepEqual(problem?.schema, { $ref: '#/components/schemas/Problem' }, path);
  }
  const { Problem } = api.named;
  assert.ok(Problem !== undefined);
  assert.ok(schemaLines(Problem, api.named).some(({ name }) => name === 'code'));
  assert.ok(api.codes.length >= 25, `only ${api.codes.length} codes`);
  for (const { code, status, message, remedy } of api.codes) {
    assert.ok(status >= 400 && status < 600, code);
    assert.deepEqual(
      { message, remedy },
      { message: errors[code as keyof typeof errors].message, remedy: errors[code as keyof typeof errors].remedy },
    );
  }
});

test('who may ask is described as it is', () => {
  const by = (access: Operation['access']) =>
    operations.filter((each) => each.access === access).map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(by('everybody'), ['GET /api/session', 'POST /api/session']);
  assert.deepEqual(by('operator'), ['POST /api/operator/{pipeline}/redrives']);
});

test('the examples can be asked as they are: nothing is missing in them, and nothing is refused', async () => {
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    const values = firstValues(operation, {});
    assert.deepEqual(missing(operation, values), [], operation.path);
    const address = addressOf(operation, values);
    assert.doesNotMatch(address, /[{}]/);
    assert.ok(curlOf(operation, values, 'http://127.0.0.1:1', 'token').includes(`'http://127.0.0.1:1${address}'`));
    // Without tables there is nothing to answer, but what was asked can be read.
    if (operation.path !== '/api/live') assert.notEqual((await app.get(address)).status, 400, address);
  }
});

test('the address of old leads to the page, also those who are not known yet', async () => {
  const guarded = await openTestApp({
    parts: steadyParts({ reader: readerOf(async () => []) }),
    features: () => [],
    env: { AUTH: 'token', VIEWER_TOKEN: 'viewer-token-0123456789' },
  });
  try {
    const { status, headers } = await guarded.get('/api/docs');
    assert.deepEqual([status, headers.location], [302, '/api-docs']);
    assert.equal((await guarded.get('/api/openapi.json')).status, 401);
  } finally {
    await guarded.close();
  }
});
