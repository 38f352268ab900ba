import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toAvro } from './avro.ts';
import {
  boolean,
  date,
  decimal,
  double,
  int,
  list,
  long,
  nullable,
  oneOfStrings,
  row,
  string,
  timestamp,
} from './field.ts';
import { postgresType } from './postgres.ts';

const everything = row('Everything', {
  flag: boolean(),
  small: int('a whole number'),
  big: long(),
  ratio: double(),
  text: string(),
  at: timestamp(),
  day: date(),
  colour: oneOfStrings(['red', 'green']),
  note: nullable(string('may be missing')),
  seen_at: nullable(timestamp()),
  price: decimal(10, 2),
  items: nullable(list(row('Item', { sku: string(), parts: list(row('Part', { n: int() })) }), 'what was bought')),
});

const nested = (name: string, ...fields: object[]) => ({ type: 'record', name, fields });
const sku = { name: 'sku', type: ['null', 'string'], default: null };
const part = { name: 'n', type: ['null', 'int'], default: null };
const parts = {
  name: 'parts',
  type: ['null', { type: 'array', items: nested('Everything_items_parts', part) }],
  default: null,
};

describe('toAvro', () => {
  it('gives each column its Avro type, in order, with its meaning', () => {
    assert.deepEqual(toAvro(everything, 'santa_deliveries'), {
      type: 'record',
      name: 'Everything',
      namespace: 'santa_deliveries',
      fields: [
        { name: 'flag', type: 'boolean' },
        { name: 'small', type: 'int', doc: 'a whole number' },
        { name: 'big', type: 'long' },
        { name: 'ratio', type: 'double' },
        { name: 'text', type: 'string' },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'day', type: { type: 'int', logicalType: 'date' } },
        // A string: an Avro enum could not gain a symbol.
        { name: 'colour', type: 'string' },
        { name: 'note', type: ['null', 'string'], default: null, doc: 'may be missing' },
        { name: 'seen_at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
        {
          name: 'items',
          type: ['null', { type: 'array', items: nested('Everything_items', sku, parts) }],
          default: null,
          doc: 'what was bought',
        },
      ],
    });
  });
});

describe('postgresType', () => {
  it('gives each column its Postgres type', () => {
    assert.deepEqual(
      everything.fields.map((field) => postgresType(field.type)),
      [
        'boolean',
        'integer',
        'bigint',
        'double precision',
        'text',
        'timestamptz(3)',
        'date',
        'text',
        'text',
        'timestamptz(3)',
        'numeric(10,2)',
        'jsonb',
      ],
    );
  });
});

describe('row', () => {
  it('is frozen, fields included', () => {
    assert.ok(Object.isFrozen(everything) && Object.isFrozen(everything.fields));
    assert.ok(everything.fields.every((field) => Object.isFrozen(field) && Object.isFrozen(field.type)));
  });

  it('keeps the order and the meaning of its columns', () => {
    assert.deepEqual(
      everything.fields
        .map((field) => [field.name, field.nullable, field.doc])
        .filter(([, , doc]) => doc !== undefined),
      [
        ['small', false, 'a whole number'],
        ['note', true, 'may be missing'],
        ['items', true, 'what was bought'],
      ],
    );
  });
});
