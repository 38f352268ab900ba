import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Named, Schema } from './description.ts';
import { schemaLines } from './schema-lines.ts';

const text: Schema = { type: 'string' };
const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  ...{ type: 'object', properties, required },
});
const waysOf = (schema: Schema, named: Named = {}): readonly string[] =>
  schemaLines(schema, named)
    .slice(1)
    .map(({ within, name }) => within + name);

test('the value as a whole comes first, then its properties with what they are', () => {
  const [whole, ...lines] = schemaLines(object({ a: { ...text, description: 'What it is' }, b: text }, ['a']), {});
  assert.deepEqual([whole?.type, whole?.name], ['object', '']);
  assert.deepEqual(
    lines.map(({ name, type, optional, meaning }) => [name, type, optional, meaning]),
    [
      ['a', 'string', false, 'What it is'],
      ['b', 'string', true, ''],
    ],
  );
});

test('what is deeper is named by the way that leads to it: through lists, records, choices and parts', () => {
  const inner = object({ x: text });
  assert.deepEqual(waysOf(object({ a: inner })), ['a', 'a.x']);
  assert.deepEqual(waysOf(object({ a: { type: 'array', items: inner } })), ['a', 'a[].x']);
  assert.deepEqual(waysOf({ type: 'array', items: inner }), ['[].x']);
  assert.deepEqual(waysOf({ type: 'array', items: { type: 'array', items: inner } }), ['[][].x']);
  assert.deepEqual(waysOf(object({ a: { type: 'object', additionalProperties: inner } })), ['a', 'a.{name}.x']);
  assert.deepEqual(waysOf({ type: 'object', patternProperties: { '^.*$': inner } }), ['{name}.x']);
  assert.deepEqual(waysOf(object({ a: { anyOf: [{ type: 'array', items: inner }, { type: 'null' }] } })), [
    'a',
    'a[].x',
  ]);
  assert.deepEqual(waysOf({ allOf: [inner, object({ y: text })] }), ['x', 'y']);
});

test('a reference is what it stands for; one that comes again is named, and not followed', () => {
  const named: Named = {
    Tree: object({ value: text, children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } }),
  };
  const lines = schemaLines({ $ref: '#/components/schemas/Tree' }, named);
  assert.deepEqual(
    lines.map(({ within, name, type }) => [within + name, type]),
    [
      ['', 'object'],
      ['value', 'string'],
      ['children', 'array of object'],
    ],
  );
});

test('a reference in a circle, or to nothing, ends as any value', () => {
  const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
  const named: Named = { A: { anyOf: [ref('B')] }, B: { anyOf: [ref('A')] } };
  assert.equal(schemaLines(ref('A'), named).length, 1);
  for (const name of ['None', 'toString', '__proto__'])
    assert.deepEqual(schemaLines(ref(name), named), [
      { within: '', name: '', type: 'any value', optional: false, bounds: [], meaning: '' },
    ]);
});

test('every property of any schema has exactly one line', () => {
  const { tree } = fc.letrec<{ tree: Schema }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<Schema>(text, {}, { type: 'null' }, { type: 'integer', minimum: 1 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('tree'), { maxKeys: 4 }).map((all) => object(all)),
      tie('tree').map((items): Schema => ({ type: 'array', items })),
      tie('tree').map((additionalProperties): Schema => ({ type: 'object', additionalProperties })),
      tie('tree').map((only): Schema => ({ anyOf: [only, { type: 'null' }] })),
    ),
  }));
  const namesOf = (schema: Schema): readonly string[] => [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => [name, ...namesOf(each)]),
    ...(schema.items === undefined ? [] : namesOf(schema.items)),
    ...(typeof schema.additionalProperties === 'object' ? namesOf(schema.additionalProperties) : []),
    ...(schema.anyOf ?? []).flatMap(namesOf),
  ];
  const depthOf = (schema: Schema): number =>
    1 +
    Math.max(
      0,
      ...[...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? []), schema.items, schema.additionalProperties]
        .filter((each) => typeof each === 'object')
        .map(depthOf),
    );
  fc.assert(
    fc.property(
      tree.filter((schema) => depthOf(schema) <= 10),
      (schema) => {
        const [, ...lines] = schemaLines(schema, {});
        assert.deepEqual(lines.map(({ name }) => name).sort(), namesOf(schema).toSorted());
        assert.equal(new Set(lines.map(({ within, name }) => within + name)).size, lines.length);
      },
    ),
  );
});
