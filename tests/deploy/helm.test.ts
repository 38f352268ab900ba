import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { schemasOfCrd } from '../../deploy/helm/checks/crd-schema.ts';
import { CHART, generated, keptRules } from '../../deploy/helm/generate.ts';
import { components } from '../../deploy/helm/schema/components.ts';
import { GIVEN_BY, SETTINGS_OF, secretNames, settingSchema } from '../../deploy/helm/schema/settings.ts';
import { integer, list, oneOf, type Setting, string, url } from '../../libs/service/src/index.ts';

const files = await generated();

for (const [path, text] of files)
  test(`${path} is current (else run: node deploy/helm/generate.ts)`, () => {
    assert.equal(readFileSync(join(CHART, path), 'utf8'), text);
  });

test('the chart has the rules of deploy/prometheus and no others', () => {
  const made = [...files.keys()].filter((path) => path.startsWith('files/rules/')).map((path) => basename(path));
  assert.deepEqual([...keptRules()].sort(), made.sort());
});

type Part = { readonly properties: Readonly<Record<string, { readonly properties?: object }>> };

test('every setting of docs/configuration.md can be given, in one place each', () => {
  for (const [component, settings] of Object.entries(SETTINGS_OF)) {
    const { properties } = components[component] as Part;
    const plain = Object.keys(properties.settings?.properties ?? {});
    const secrets = Object.keys(properties.secrets?.properties ?? {});
    for (const [name, setting] of Object.entries(settings)) {
      const places = [plain.includes(name), secrets.includes(name), GIVEN_BY[name] !== undefined];
      assert.equal(places.filter(Boolean).length, 1, `${component}: ${name}`);
      assert.equal(secrets.includes(name), setting.secret, `${component}: ${name}`);
    }
  }
});

test('no setting is said to be given by a value that the page of settings does not know', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const unknown = Object.keys(GIVEN_BY).filter((name) => !page.includes(`\`${name}\``));
  assert.deepEqual(unknown, []);
});

test('only what has to do with Postgres is given its password', () => {
  const given = Object.keys(SETTINGS_OF).filter((component) => secretNames(component).includes('DATABASE_PASSWORD'));
  assert.deepEqual(given, ['migrate', 'goldAggregate', 'dashboard']);
});

test('a setting becomes the schema of its own words', () => {
  const doc = 'd';
  const without = (setting: Setting): object => {
    const { description: _, ...rest } = settingSchema(setting);
    return rest;
  };
  assert.deepEqual(without(integer({ doc, min: 2, max: 9, default: 3, unit: 'bytes' })), {
    type: 'integer',
    minimum: 2,
    maximum: 9,
    default: 3,
  });
  assert.deepEqual(without(oneOf(['a', 'b'], { doc })), { enum: ['a', 'b'] });
  assert.deepEqual(without(oneOf(['true', 'false'], { doc })), { enum: ['true', true, 'false', false] });
  assert.deepEqual(without(url({ doc, schemes: ['http', 'https'] })), {
    type: 'string',
    pattern: '^(http|https)://.+',
  });
  assert.deepEqual(without(string({ doc })), { type: 'string', minLength: 1 });
  const names = list({ allowed: 'a name', accepts: () => true }, { doc });
  assert.deepEqual(without(names), {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { type: 'string', minLength: 1 },
  });
});

test('the schema of a custom resource takes no field that its definition does not have', () => {
  const openAPIV3Schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          properties: { type: 'object', additionalProperties: { type: 'string' } },
          port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          free: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  };
  const versions = [{ name: 'v1', schema: { openAPIV3Schema } }];
  const made = schemasOfCrd({
    kind: 'CustomResourceDefinition',
    spec: { group: 'a.b', names: { kind: 'Thing' }, versions },
  });
  assert.deepEqual([...made.keys()], ['thing-a.b-v1.json']);
  assert.deepEqual(made.get('thing-a.b-v1.json'), {
    type: 'object',
    additionalProperties: false,
    properties: {
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        additionalProperties: false,
        properties: {
          properties: { type: 'object', additionalProperties: { type: 'string' } },
          port: { 'x-kubernetes-int-or-string': true, type: ['integer', 'string'] },
          free: { type: 'object', properties: {}, 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  });
});
