import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, long, nullable, type RowSchema, row, string } from '@medallion/schema';
import avsc from 'avsc';
import { rowType } from './avro-type.ts';
import { createDecoder } from './decoder.ts';
import { namespaceOf, recordName } from './names.ts';
import type { Registry } from './registry.ts';
import { topicSchema } from './registry-codecs.ts';

const schema: RowSchema = row('R', { id: string(), n: nullable(long()), x: double() });

/** A registry of two schemas; `asked` lists the ids that it was asked for. */
function registryOf(schemas: Readonly<Record<number, unknown>>): Registry & { asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    register: async () => 1,
    known: async () => null,
    async schema(id) {
      asked.push(id);
      return id in schemas ? [schemas[id]] : null;
    },
  };
}

const framed = (id: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, body]);
};

const avro = topicSchema('t', schema);
const bodyOf = (value: object): Buffer => avsc.Type.forSchema(avro as unknown as avsc.Schema).toBuffer(value);

describe('a decoder', () => {
  it('asks for an id once, and for one that is unknown again after a minute', async () => {
    let now = 0;
    const registry = registryOf({ 1: avro });
    const decoder = createDecoder(schema, rowType(avro), registry, [], () => now);
    const values = [framed(1, bodyOf({ id: 'a', n: 1, x: 2 })), framed(2, Buffer.alloc(3)), null, Buffer.from('{}')];
    await decoder.prepare(values);
    await decoder.prepare(values);
    now = 59_000;
    await decoder.prepare(values);
    assert.deepEqual(registry.asked, [1, 2]);
    now = 60_001;
    await decoder.prepare(values);
    assert.deepEqual(registry.asked, [1, 2, 2]);
  });

  it('names what a row cannot hold: doubles that are not finite, longs that are not exact', async () => {
    const decoder = createDecoder(schema, rowType(avro), registryOf({ 1: avro }));
    const nan = framed(1, bodyOf({ id: 'a', n: null, x: Number.NaN }));
    const large = Buffer.from([
      2,
      97,
      2,
      0xfe,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0x01,
      ...Buffer.alloc(8),
    ]);
    await decoder.prepare([nan]);
    assert.deepEqual(decoder.decode(nan), {
      undecodable: 'not readable with schema id 1: column x is not a finite number',
    });
    const decoded = decoder.decode(framed(1, large));
    assert.ok('undecodable' in decoded && decoded.undecodable.startsWith('not readable with schema id 1: '));
  });

  it('reads a writer of another namespace by the names of its columns', async () => {
    const decoder = createDecoder(schema, rowType(avro), registryOf({ 1: { ...avro, namespace: 'com.example' } }));
    const value = framed(1, bodyOf({ id: 'a', n: 5, x: 0.5 }));
    await decoder.prepare([value]);
    assert.deepEqual(decoder.decode(value), { row: { id: 'a', n: 5, x: 0.5 } });
  });

  it('says of a schema that is no Avro record that it is not readable', async () => {
    const decoder = createDecoder(schema, rowType(avro), registryOf({ 7: { type: 'nonsense' } }));
    const value = framed(7, Buffer.alloc(1));
    await decoder.prepare([value]);
    const decoded = decoder.decode(value);
    assert.ok('undecodable' in decoded && decoded.undecodable.startsWith('not readable with schema id 7: '));
  });

  it('never throws on noise', async () => {
    const decoder = createDecoder(schema, rowType(avro), registryOf({ 1: avro }));
    await decoder.prepare([framed(1, Buffer.alloc(1))]);
    for (let i = 0; i < 2_000; i++) {
      const noise = Buffer.from(
        Array.from({ length: i % 40 }, (_, k) => (i * 7_919 + k * 104_729 + ((i * k) >> 3)) & 0xff),
      );
      assert.ok('undecodable' in decoder.decode(framed(1, noise)) || noise.length > 0);
    }
  });
});

it('names of topics and rows become valid Avro names', () => {
  assert.equal(namespaceOf('santa-deliveries.silver_x'), 'medallion.santa_deliveries.silver_x');
  assert.equal(namespaceOf('9lives..x'), 'medallion._9lives._.x');
  assert.equal(recordName('silver-deliveries'), 'silver_deliveries');
});
