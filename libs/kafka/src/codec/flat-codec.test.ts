import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AnyRow,
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
} from '@medallion/schema';
import avsc from 'avsc';
import fc from 'fast-check';
import { flatReader } from './flat-reader.ts';
import { flatWriter } from './flat-writer.ts';
import { topicSchema } from './registry-codecs.ts';

const schema = row('all', {
  t: string(),
  nt: nullable(string()),
  b: boolean(),
  nb: nullable(boolean()),
  i: int(),
  ni: nullable(int()),
  l: long(),
  nl: nullable(long()),
  d: double(),
  nd: nullable(double()),
  at: timestamp(),
  nat: nullable(timestamp()),
  day: date(),
  state: oneOfStrings(['on', 'off']),
  price: decimal(15, 2),
  nprice: nullable(decimal(4, 4)),
  items: list(
    row('item', {
      sku: string(),
      price: decimal(10, 0),
      at: timestamp(),
      notes: list(row('note', { text: string(), ratio: double() })),
    }),
  ),
  nitems: nullable(list(row('other', { n: int() }))),
  last: nullable(string()),
});

/** Decimals as the specification says, by exact arithmetic on its own. */
class Decimal extends avsc.types.LogicalType {
  readonly scale: number;
  constructor(attributes: avsc.Schema, options?: object) {
    super(attributes, options as never);
    this.scale = (attributes as unknown as { scale: number }).scale;
  }
  override _fromValue(bytes: Buffer): number {
    const units = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
    return Number(`${units}e-${this.scale}`);
  }
  override _toValue(value: unknown): Buffer | undefined {
    if (typeof value !== 'number') return undefined;
    const units = BigInt(value.toFixed(this.scale).replace('.', ''));
    let bytes = 1;
    while (BigInt.asIntN(bytes * 8, units) !== units) bytes++;
    return Buffer.from(
      BigInt.asUintN(bytes * 8, units)
        .toString(16)
        .padStart(bytes * 2, '0'),
      'hex',
    );
  }
}
const type = avsc.Type.forSchema(topicSchema('t', schema) as unknown as avsc.Schema, {
  logicalTypes: { decimal: Decimal },
});
const writer = flatWriter(schema);
const reader = flatReader(schema);

const text = fc
  .oneof(fc.constantFrom('', 'Oslo', 'São Paulo', '🎅🏽'), fc.string(), fc.string({ unit: 'grapheme', maxLength: 200 }))
  .filter((s) => s.isWellFormed());
const wholes = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, -1, 2 ** 30, -(2 ** 30), 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 27, -(2 ** 27) - 1),
);
const int32 = fc.integer();
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const decimals = (precision: number, scale: number) => {
  const most = 10 ** precision - 1;
  const edges = [0, 1, -1, 127, 128, -128, -129, 255, 256, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, most, -most];
  return fc
    .oneof(fc.integer({ min: -most, max: most }), fc.constantFrom(...edges.filter((n) => Math.abs(n) <= most)))
    .map((units) => units / 10 ** scale + 0);
};
const plain = { noNullPrototype: true };
const note = fc.record({ text: fc.option(text), ratio: fc.option(number) }, plain);
const item = fc.record(
  {
    sku: fc.option(text),
    price: fc.option(decimals(10, 0)),
    at: fc.option(wholes),
    notes: fc.option(fc.array(note, { maxLength: 3 })),
  },
  plain,
);
const anyRow = fc.record({
  t: text,
  nt: fc.option(text),
  b: fc.boolean(),
  nb: fc.option(fc.boolean()),
  i: int32,
  ni: fc.option(int32),
  l: wholes,
  nl: fc.option(wholes),
  d: number,
  nd: fc.option(number),
  at: wholes,
  nat: fc.option(wholes),
  day: int32,
  state: fc.constantFrom('on', 'off'),
  price: decimals(15, 2),
  nprice: fc.option(decimals(4, 4)),
  items: fc.array(item, { maxLength: 4 }),
  nitems: fc.option(fc.array(fc.record({ n: fc.option(int32) }, plain), { maxLength: 3 })),
  last: fc.option(text),
}) as fc.Arbitrary<AnyRow>;
const written = (value: AnyRow): Buffer => {
  const into = Buffer.alloc(32_768);
  return Buffer.from(into.subarray(3, writer.write(value, into, 3)));
};

test('a row is written byte for byte as avsc writes it (V4)', () => {
  fc.assert(
    fc.property(anyRow, (value) => assert.deepEqual(written(value), type.toBuffer(value))),
    { numRuns: 2_000 },
  );
});

test('what avsc wrote is read back as it was, whatever was read before', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 5 }), (rows) => {
      const bytes = Buffer.concat(rows.map((value) => type.toBuffer(value)));
      let at = 0;
      for (const value of rows) {
        const end = at + type.toBuffer(value).length;
        assert.deepEqual(reader.read(bytes.subarray(at, end), 0), { ...value });
        at = end;
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a buffer that is too small is said to be so, at every size', () => {
  fc.assert(
    fc.property(anyRow, fc.nat({ max: 400 }), (value, size) => {
      const end = writer.write(value, Buffer.alloc(size), 0);
      assert.ok(end === -1 || (end === type.toBuffer(value).length && end <= size));
    }),
  );
  const lists = flatWriter(row('r', { l: list(row('e', { n: int() })) }));
  const value = { l: [{ n: 1 }, { n: 2 }, { n: 300 }] };
  for (let size = 0; size < 100; size++) {
    const into = Buffer.alloc(size);
    const end = lists.write(value, into, 0);
    if (end !== -1) assert.deepEqual([...into.subarray(0, end)], [6, 2, 2, 2, 4, 2, 0xd8, 4, 0]);
  }
});

test('mutated bytes are a row of the right types or a reason, never a throw', () => {
  const mutation = fc.record({ at: fc.nat({ max: 200 }), byte: fc.nat({ max: 255 }), cut: fc.nat({ max: 20 }) });
  fc.assert(
    fc.property(anyRow, fc.array(mutation, { maxLength: 3 }), (value, mutations) => {
      let bytes = Buffer.from(type.toBuffer(value));
      for (const { at, byte, cut } of mutations) {
        if (at < bytes.length) bytes[at] = byte;
        if (cut > 15) bytes = bytes.subarray(0, Math.max(0, bytes.length - cut + 15));
      }
      const read = reader.read(bytes, 0);
      if (typeof read === 'string') assert.ok(read.length > 0);
      else assert.deepEqual(reader.read(written(read), 0), read);
    }),
    { numRuns: 5_000 },
  );
});

test('whole numbers beyond 2^53 and doubles that are not finite are no values of a row', () => {
  const only = flatReader(row('r', { l: long() }));
  const max = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
  assert.equal(only.read(max, 0), 'a whole number is beyond 2^53');
  assert.equal(
    only.read(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), 0),
    'a whole number is beyond 2^53',
  );
  const doubles = flatReader(row('r', { d: double() }));
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    assert.equal(doubles.read(bytes, 0), 'column d is not a finite number');
    assert.throws(() => flatWriter(row('r', { d: double() })).write({ d: value }, Buffer.alloc(100), 0), TypeError);
  }
});

test('a value that does not fit its column is refused, whatever the column', () => {
  const good: AnyRow = {
    t: 'x',
    nt: null,
    b: true,
    nb: null,
    i: 1,
    ni: null,
    l: 1,
    nl: null,
    d: 1,
    nd: null,
    at: 1,
    nat: null,
    day: 1,
    state: 'on',
    price: 1.25,
    nprice: null,
    items: [],
    nitems: null,
    last: null,
  };
  const misfits: [string, unknown][] = [
    ['t', null],
    ['t', 7],
    ['b', 1],
    ['i', 2 ** 31],
    ['i', 1.5],
    ['l', 2 ** 53],
    ['l', '1'],
    ['day', 0.5],
    ['at', Number.NaN],
    ['state', 5],
    ['nt', true],
    ['price', 0.001],
    ['price', '1.25'],
    ['price', 1e13],
    ['price', Number.NaN],
    ['price', Number.POSITIVE_INFINITY],
    ['nprice', 1],
    ['items', null],
    ['items', {}],
    ['items', [null]],
    ['items', [1]],
    ['items', [{ sku: 5 }]],
    ['nitems', 'none'],
  ];
  for (const [column, value] of misfits)
    assert.throws(
      () => writer.write({ ...good, [column]: value } as AnyRow, Buffer.alloc(8_192), 0),
      TypeError,
      `${column} = ${value}`,
    );
});

test('rows have room for the columns that are added later', () => {
  const roomy = flatReader(row('r', { a: int() }), ['a', 'b']);
  assert.deepEqual(roomy.read(Buffer.from([2]), 0), { a: 1, b: null });
});

test('a decimal may be written with more bytes than it needs; what has too many digits is none (V4)', () => {
  const only = flatReader(row('r', { d: decimal(4, 2) }));
  const read = (...bytes: number[]) => only.read(Buffer.from([bytes.length << 1, ...bytes]), 0);
  assert.deepEqual(read(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x04, 0xd2), { d: 12.34 });
  assert.deepEqual(read(...new Array<number>(14).fill(0xff), 0xfb, 0x2e), { d: -12.34 });
  assert.deepEqual(read(0x27, 0x0f), { d: 99.99 });
  assert.equal(read(0x27, 0x10), 'column d has more than 4 digits');
  assert.equal(read(...new Array<number>(20).fill(0x7f)), 'column d has more than 4 digits');
  assert.equal(read(), 'column d is no decimal');
});

test('a list may come in blocks, with or without their sizes', () => {
  const only = flatReader(row('r', { l: list(row('e', { n: int() })) }));
  const three = { l: [{ n: 1 }, { n: null }, { n: 3 }] };
  assert.deepEqual(only.read(Buffer.from([6, 2, 2, 0, 2, 6, 0]), 0), three);
  assert.deepEqual(only.read(Buffer.from([2, 2, 2, 3, 6, 0, 2, 6, 0]), 0), three);
  assert.equal(only.read(Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x03]), 0), 'it ends too early');
});
