import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avsc from 'avsc';
import { recordType, rowType, writerType } from './avro-type.ts';

const record = (...fields: readonly (readonly [string, unknown])[]) => ({
  ...{ type: 'record', name: 'R' },
  fields: fields.map(([name, type]) => ({ name, type })),
});
const empties = { type: 'array', items: { type: 'record', name: 'Empty', fields: [] } };
/** 2^40 as a zigzag varint. */
const MANY = [0x80, 0x80, 0x80, 0x80, 0x80, 0x40];

describe('an array or map that says it has more elements than there are bytes', () => {
  it('is refused at once, also when its elements take no byte', () => {
    for (const type of [{ type: 'array', items: 'null' }, empties, { type: 'map', values: 'null' }])
      for (const typeOf of [recordType, writerType]) {
        const made = typeOf([record(['v', type])]);
        assert.throws(() => made.decode(Buffer.from([...MANY, 0, 0]), 0), /ends too early/);
      }
  });

  it('is refused when several of them share the bytes', () => {
    const made = recordType([record(['v', { type: 'array', items: { type: 'array', items: 'null' } }])]);
    // Five lists of three elements that take no byte, each in two bytes, and an end.
    assert.throws(() => made.decode(Buffer.from([10, 6, 0, 6, 0, 6, 0, 6, 0, 6, 0, 0]), 0), /ends too early/);
    assert.deepEqual(made.decode(Buffer.from([4, 4, 0, 2, 0, 0]), 0).value, { v: [[null, null], [null]] });
  });

  it('is refused where nobody wants it, and the size of a block leads nowhere', () => {
    const writer = writerType([record(['gone', { type: 'array', items: 'null' }], ['n', 'int'])]);
    const reader = rowType(record(['n', 'int']) as never);
    const resolver = reader.createResolver(writer);
    assert.throws(() => reader.decode(Buffer.from([...MANY, 0, 2]), 0, resolver as never), /ends too early/);
    // One element, in a block that says it has -2 bytes: the end is behind it, not before.
    assert.deepEqual(reader.decode(Buffer.from([1, 3, 0, 2]), 0, resolver as never), { value: { n: 1 }, offset: 4 });
  });
});

it('arrays and maps are what avsc wrote', () => {
  const schema = record(
    ['a', { type: 'array', items: 'string' }],
    ['m', { type: 'map', values: { type: 'array', items: 'int' } }],
  );
  const value = { a: ['x', 'y'], m: { k: [1, 2], l: [] } };
  const bytes = avsc.Type.forSchema(schema as never).toBuffer(value);
  assert.deepEqual(recordType([schema]).decode(bytes, 0).value, value);
  assert.deepEqual({ ...(writerType([schema]).decode(bytes, 0).value as object) }, value);
});
