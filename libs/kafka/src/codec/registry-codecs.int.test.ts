import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testStack } from '@medallion/devstack';
import { type AnyRow, decimal, list, long, nullable, row, string } from '@medallion/schema';
import { rowCodecsContract } from '@medallion/testkit';
import avsc from 'avsc';
import fc from 'fast-check';
import { createRegistryCodecs } from './registry-codecs.ts';

const { schemaRegistryUrl: url } = process.env.SCHEMA_REGISTRY_URL
  ? { schemaRegistryUrl: process.env.SCHEMA_REGISTRY_URL }
  : await testStack();

rowCodecsContract('codecs with a registry', async () => createRegistryCodecs({ url }));

const subject = (): string => `codec.${process.pid}.${Date.now()}`;
const config = `${url}/config`;

it('a subject is BACKWARD by itself, whatever the registry defaults to', async () => {
  const topic = subject();
  await createRegistryCodecs({ url }).encoder(topic, row('R', { a: string() }));
  const response = await fetch(`${config}/${topic}-value`);
  assert.equal(((await response.json()) as { compatibilityLevel: string }).compatibilityLevel, 'BACKWARD');
});

it('flows and services that register a new subject at the same moment all succeed, with one schema', async () => {
  const topic = subject();
  const Order = row('Order', { id: string() });
  const encoders = await Promise.all(
    Array.from({ length: 8 }, () => createRegistryCodecs({ url }).encoder(topic, Order)),
  );
  assert.equal(new Set(encoders.map((encoder) => encoder.encode({ id: '' }).readInt32BE(1))).size, 1);
});

it('a stricter level that someone has set stays', async () => {
  const topic = subject();
  const codecs = createRegistryCodecs({ url });
  await codecs.encoder(topic, row('R', { a: string() }));
  const headers = { 'content-type': 'application/json' };
  await fetch(`${config}/${topic}-value`, { method: 'PUT', headers, body: '{"compatibility":"FULL"}' });
  await codecs.encoder(topic, row('R', { a: string() }));
  const response = await fetch(`${config}/${topic}-value`);
  assert.equal(((await response.json()) as { compatibilityLevel: string }).compatibilityLevel, 'FULL');
});

it('a registry that does not answer is MED_REGISTRY_UNAVAILABLE', async () => {
  const schema = row('R', { a: long() });
  const codecs = createRegistryCodecs({ url: 'http://127.0.0.1:9' });
  await assert.rejects(codecs.encoder('t', schema), { code: 'MED_REGISTRY_UNAVAILABLE' });
  const decoder = await codecs.decoder('t', schema);
  await assert.rejects(decoder.prepare([Buffer.from([0, 0, 0, 0, 1, 2])]), { code: 'MED_REGISTRY_UNAVAILABLE' });
});

/** Decimals as anyone reads them: by the schema in the registry, in digits. */
class Digits extends avsc.types.LogicalType {
  readonly scale: number;
  constructor(attributes: avsc.Schema, options?: object) {
    super(attributes, options as never);
    this.scale = (attributes as unknown as { scale: number }).scale;
  }
  override _fromValue(bytes: Buffer): string {
    const units = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
    return (Number(units) / 10 ** this.scale).toFixed(this.scale);
  }
  override _toValue(): undefined {}
}

it('decimals and lists are what anyone reads by the schema that the registry has', async () => {
  const Item = row('Item', { sku: string(), price: decimal(10, 2) });
  const Order = row('Order', { id: string(), total: decimal(15, 2), rate: nullable(decimal(6, 5)), items: list(Item) });
  const topic = subject();
  const encoder = await createRegistryCodecs({ url }).encoder(topic, Order);
  const answer = await fetch(
    `${url}/schemas/ids/${encoder.encode({ ...{ id: '', total: 0 }, items: [] }).readInt32BE(1)}`,
  );
  const { schema } = (await answer.json()) as { schema: string };
  const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, { logicalTypes: { decimal: Digits } });
  const units = (most: number) => fc.integer({ min: -most, max: most });
  const item = fc.record({ sku: fc.string({ unit: 'grapheme' }), units: fc.option(units(9_999_999_999)) });
  fc.assert(
    fc.property(units(999_999_999_999_999), fc.option(units(999_999)), fc.array(item), (total, rate, items) => {
      const value: AnyRow = {
        id: 'x',
        total: total / 100,
        rate: rate === null ? null : rate / 100_000,
        items: items.map((i) => ({ sku: i.sku, price: i.units === null ? null : i.units / 100 })),
      };
      const read = type.fromBuffer(encoder.encode(value).subarray(5)) as AnyRow;
      const text = (n: unknown, scale: number) => (n === null ? null : (Number(n) + 0).toFixed(scale));
      assert.equal(read.total, text(value.total, 2));
      assert.equal(read.rate, text(value.rate, 5));
      assert.deepEqual(
        (read.items as AnyRow[]).map((i) => [i.sku, i.price]),
        items.map((i) => [i.sku, text(i.units === null ? null : i.units / 100, 2)]),
      );
    }),
  );
});
