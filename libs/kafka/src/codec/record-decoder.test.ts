import assert from 'node:assert/strict';
import { it } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';
import { createRecordDecoder } from './record-decoder.ts';
import type { WriterSchema } from './registry.ts';

const framed = (id: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, body]);
};

async function decoded(body: Buffer, ...schemas: WriterSchema) {
  const decoder = createRecordDecoder({
    register: async () => 1,
    known: async () => null,
    schema: async () => schemas,
  });
  const value = framed(1, body);
  await decoder.prepare([value]);
  return decoder.decode(value);
}

const recordOf = (...fields: readonly object[]) => ({ type: 'record', name: 'R', fields }) as never as avsc.Schema;
const named = (name: string, ...fields: readonly object[]) => ({ type: 'record', name, fields });
const column = (name: string, type: unknown) => ({ name, type });
const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });

/** A record of one column, written by plain avsc from what is below its logical type. */
async function only(type: unknown, below: unknown): Promise<unknown> {
  const schema = recordOf(column('v', type));
  const read = await decoded(avsc.Type.forSchema(schema).toBuffer({ v: below }), schema);
  return 'record' in read ? read.record.v : read;
}

it('every Avro type is a plain value', async () => {
  const reads: [unknown, unknown, unknown][] = [
    ['null', null, null],
    ['boolean', true, true],
    ['int', -5, -5],
    ['long', 2 ** 53 - 1, 2 ** 53 - 1],
    ['float', 0.5, 0.5],
    ['double', 1e300, 1e300],
    ['string', 'é', 'é'],
    ['bytes', Buffer.from('ab'), Buffer.from('ab')],
    [{ type: 'fixed', name: 'F', size: 2 }, Buffer.from('ab'), Buffer.from('ab')],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', 'B'],
    [{ type: 'array', items: 'int' }, [1, 2], [1, 2]],
    [{ type: 'map', values: 'int' }, { a: 1 }, { a: 1 }],
    [named('X', column('x', 'int')), { x: 1 }, { x: 1 }],
    [['null', 'string'], null, null],
    [['null', 'string'], 'x', 'x'],
    [logical('long', 'timestamp-millis'), 1_500, new Date(1_500)],
    [logical('long', 'timestamp-micros'), -1, new Date(-1)],
    [['null', logical('long', 'timestamp-micros')], 1_999, new Date(1)],
    [logical('int', 'date'), 20_000, new Date(20_000 * 86_400_000)],
    [logical('string', 'uuid'), 'u', 'u'],
    [logical('int', 'time-millis'), 7, 7],
    [logical('bytes', 'decimal', { precision: 10, scale: 2 }), Buffer.from([0x04, 0xd2]), 12.34],
    [['null', logical('bytes', 'decimal', { precision: 10, scale: 2 })], Buffer.from([0xff]), -0.01],
    [
      { ...logical('fixed', 'decimal', { precision: 9, scale: 4 }), name: 'F', size: 4 },
      Buffer.from([0, 0, 0, 1]),
      0.0001,
    ],
    [logical('bytes', 'decimal', { precision: 2, scale: 4 }), Buffer.from('ab'), Buffer.from('ab')],
  ];
  for (const [type, below, value] of reads)
    assert.deepEqual(await only(type, below), value, `${JSON.stringify(type)} ${below}`);
});

it('a decimal keeps all of its digits', () =>
  fc.assert(
    fc.asyncProperty(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat({ max: 20 }), async (units, scale) => {
      let bytes = 1;
      while (BigInt.asIntN(bytes * 8, units) !== units) bytes++;
      const hex = BigInt.asUintN(bytes * 8, units).toString(16);
      const body = Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
      const value = await only(logical('bytes', 'decimal', { precision: 31, scale }), body);
      const text = String(typeof value === 'number' ? value : '');
      if (typeof value === 'number') assert.equal(value, Number(`${units}e-${scale}`), text);
      else assert.equal(BigInt(String(value).replace('.', '')), units);
    }),
  ));

it('a long of 64 bits keeps them', async () => {
  const schema = recordOf(column('v', ['null', 'long']), column('w', 'long'));
  // Branch 1, then 2^63 - 1; -2^63.
  const body = Buffer.from([2, 0xfe, ...Array<number>(8).fill(0xff), 1, 0xff, ...Array<number>(8).fill(0xff), 1]);
  assert.deepEqual(await decoded(body, schema), { record: { v: 2n ** 63n - 1n, w: -(2n ** 63n) } });
});

it('a value of a union whose branches JavaScript cannot tell apart is the value alone, at any depth', async () => {
  const either = ['int', 'double', 'string'];
  const schema = recordOf(column('v', either), column('l', { type: 'array', items: either }));
  const body = avsc.Type.forSchema(schema).toBuffer({ v: { double: 1.5 }, l: [{ int: 1 }, { string: 'x' }] });
  assert.deepEqual(await decoded(body, schema), { record: { v: 1.5, l: [1, 'x'] } });
});

it('a key of a map is a key, whatever its name', async () => {
  const schema = recordOf(column('m', { type: 'map', values: named('Rights', column('admin', 'boolean')) }));
  const key = (text: string) => [text.length << 1, ...Buffer.from(text)];
  const body = Buffer.from([4, ...key('__proto__'), 1, ...key('toString'), 0, 0]);
  const read = await decoded(body, schema);
  assert.ok('record' in read);
  const map = read.record.m as Record<string, unknown>;
  assert.deepEqual(Object.keys(map), ['__proto__', 'toString']);
  assert.equal(Object.getPrototypeOf(map), Object.prototype);
  assert.equal(map.admin, undefined);
});

it('a schema may refer to others and to itself', async () => {
  const money = { type: 'record', name: 'Money', namespace: 'shop', fields: [column('units', 'long')] };
  const tree = {
    type: 'record',
    name: 'Tree',
    fields: [column('price', 'shop.Money'), column('below', { type: 'array', items: 'Tree' })],
  };
  const type = avsc.Type.forSchema({ ...tree, fields: [column('price', money), tree.fields[1]] } as never);
  const value = { price: { units: 1 }, below: [{ price: { units: 2 }, below: [] }] };
  assert.deepEqual(await decoded(type.toBuffer(value), money, tree), { record: value });
});

it('what is no record says why', async () => {
  const schema = recordOf(column('v', 'string'));
  const reason = async (body: Buffer, ...schemas: WriterSchema): Promise<string> => {
    const read = await decoded(body, ...schemas);
    return 'record' in read ? 'a record' : read.undecodable;
  };
  assert.equal(
    await reason(Buffer.from([2, 97]), 'string'),
    'not readable with schema id 1: its values are no records but of type string',
  );
  assert.match(await reason(Buffer.from([2, 97]), {}), /^not readable with schema id 1: /);
  assert.equal(await reason(Buffer.from([4, 97]), schema), 'not readable with schema id 1: it ends too early');
  assert.equal(await reason(Buffer.from([2, 97, 0]), schema), 'not readable with schema id 1: 1 bytes are left over');
});

it('noise is a record or a reason, never a throw', async () => {
  const schema = recordOf(
    column('m', { type: 'map', values: ['null', 'long', 'string'] }),
    column('d', logical('bytes', 'decimal', { precision: 10, scale: 2 })),
    column('a', { type: 'array', items: named('X', column('x', ['null', 'double'])) }),
  );
  const decoder = createRecordDecoder({
    register: async () => 1,
    known: async () => null,
    schema: async () => [schema],
  });
  await decoder.prepare([framed(1, Buffer.alloc(1))]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = decoder.decode(framed(1, Buffer.from(bytes)));
      assert.ok('record' in read || read.undecodable.length > 0);
    }),
    { numRuns: 3_000 },
  );
});
