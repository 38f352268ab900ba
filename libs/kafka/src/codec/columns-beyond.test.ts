import assert from 'node:assert/strict';
import { it } from 'node:test';
import { row, string } from '@medallion/schema';
import { columnsBeyond } from './columns-beyond.ts';

const schema = row('R', { id: string() });
const or = (type: unknown) => ['null', type];
const writer = (...fields: readonly (readonly [name: string, type: unknown])[]) => ({
  type: 'record',
  fields: fields.map(([name, type]) => ({ name, type })),
});

it('the columns beyond a schema are the nullable ones of a type that can be added', () => {
  const found = columnsBeyond(
    writer(
      ...([
        ['id', 'string'],
        ['flag', or('boolean')],
        ['n', or('int')],
        ['l', or('long')],
        ['x', or('double')],
      ] as const),
      ...([
        ['s', or('string')],
        ['day', or({ type: 'int', logicalType: 'date' })],
      ] as const),
      ['at', or({ type: 'long', logicalType: 'timestamp-millis' })],
    ),
    schema,
  );
  assert.deepEqual(
    found.map(({ name, type, nullable }) => `${name} ${type.kind} ${nullable}`),
    ['flag boolean', 'n int', 'l long', 'x double', 's string', 'day date', 'at timestamp'].map(
      (each) => `${each} true`,
    ),
  );
});

it('others are left alone: not nullable, of other unions, other types, and what is no record', () => {
  const others = writer(
    ...([
      ['a', 'string'],
      ['b', or('bytes')],
      ['c', ['string', 'null']],
      ['d', ['null', 'string', 'long']],
    ] as const),
    ...([
      ['e', or({ type: 'long', logicalType: 'timestamp-micros' })],
      ['f', or({ type: 'array', items: 'int' })],
    ] as const),
    ['g', or({ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 })],
    ['h', or({ type: 'map', values: 'long' })],
  );
  for (const each of [others, 'string', null, undefined, {}, { fields: 'x' }])
    assert.deepEqual(columnsBeyond(each, schema), []);
});
