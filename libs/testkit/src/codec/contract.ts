import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { RowCodecs } from '@medallion/runtime';
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
  type RowSchema,
  type RowSpec,
  row,
  string,
  timestamp,
} from '@medallion/schema';

const Item = row('Item', {
  gift: string(),
  price: decimal(10, 2),
  parts: list(row('Part', { n: int(), at: timestamp() })),
});

const Delivery: RowSchema = row('Delivery', {
  delivery_id: string(),
  region: nullable(string()),
  status: oneOfStrings(['en_route', 'delivered']),
  is_delivered: boolean(),
  gift_count: int(),
  sequence: long(),
  latitude: double('degrees'),
  weight: nullable(double()),
  at: timestamp(),
  day: nullable(date()),
  fee: decimal(15, 2),
  tip: nullable(decimal(4, 4)),
  items: list(Item),
  returned: nullable(list(row('Returned', { item: string() }))),
});

const delivery: AnyRow = {
  delivery_id: 'd-1 é🎄',
  region: null,
  status: 'delivered',
  is_delivered: true,
  gift_count: -2_147_483_647,
  sequence: Number.MAX_SAFE_INTEGER,
  latitude: -0.5,
  weight: 1e300,
  at: -1,
  day: null,
  fee: -9_999_999_999_999.99,
  tip: null,
  items: [
    { gift: 'teddy', price: 12.5, parts: [{ n: 1, at: null }] },
    { gift: null, price: null, parts: null },
  ],
  returned: null,
};

let count = 0;
const fresh = (): string => `codec-${process.pid}-${Date.now()}.silver_${++count}`;

const without = (schema: RowSchema, ...names: string[]): RowSchema => ({
  ...schema,
  fields: schema.fields.filter(({ name }) => !names.includes(name)),
});

/**
 * The promises of the RowCodecs port, one test each.
 *
 * @example rowCodecsContract('codecs in memory', async () => createMemoryCodecs())
 */
export function rowCodecsContract(name: string, make: () => Promise<RowCodecs>): void {
  describe(name, () => {
    let codecs: RowCodecs;
    before(async () => {
      codecs = await make();
    });

    const decodeOne = async (topic: string, schema: RowSchema, value: Buffer | null) => {
      const decoder = await codecs.decoder(topic, schema);
      await decoder.prepare([value]);
      return decoder.decode(value);
    };

    it('a row comes back as it was, as a plain object', async () => {
      const topic = fresh();
      const encoder = await codecs.encoder(topic, Delivery);
      const other = { ...delivery, region: 'north', weight: null, day: 20_000, gift_count: 7, fee: 0.01 };
      const rare = { ...other, tip: -0.0001, items: [], returned: [{ item: 'x' }] };
      // Below -2^52 the zigzag form of a number is no exact double any more.
      const least = { ...delivery, sequence: Number.MIN_SAFE_INTEGER, at: -(2 ** 52) - 1 };
      const values = [delivery, other, least, rare].map((row) => encoder.encode(row));
      const decoder = await codecs.decoder(topic, Delivery);
      await decoder.prepare(values);
      assert.deepEqual(decoder.decode(values[0]!), { row: delivery });
      assert.deepEqual(decoder.decode(values[1]!), { row: other });
      assert.deepEqual(decoder.decode(values[2]!), { row: least });
      assert.deepEqual(decoder.decode(values[3]!), { row: rare });
    });

    it('a thousand rows of all sizes do not overwrite one another', async () => {
      const topic = fresh();
      const encoder = await codecs.encoder(topic, Delivery);
      const rows = Array.from({ length: 1_000 }, (_, i) => ({
        ...delivery,
        delivery_id: `${i} `.repeat(i % 50 === 0 ? 30_000 : i % 90),
        sequence: i,
      }));
      const values = rows.map((row) => encoder.encode(row));
      const decoder = await codecs.decoder(topic, Delivery);
      await decoder.prepare(values);
      for (const [i, value] of values.entries()) assert.deepEqual(decoder.decode(value), { row: rows[i] });
    });

    it('what was not prepared is an unknown schema id, and is known once it is prepared', async () => {
      const topic = fresh();
      const value = (await codecs.encoder(topic, Delivery)).encode(delivery);
      const decoder = await codecs.decoder(topic, Delivery);
      const id = value.readInt32BE(1);
      assert.deepEqual(decoder.decode(value), { undecodable: `unknown schema id ${id}` });
      await decoder.prepare([null, value, value]);
      assert.deepEqual(decoder.decode(value), { row: delivery });
    });

    it('what is no row says why', async () => {
      const topic = fresh();
      const value = (await codecs.encoder(topic, Delivery)).encode(delivery);
      const id = value.readInt32BE(1);
      const reasons = async (bytes: Buffer | null): Promise<string> => {
        const decoded = await decodeOne(topic, Delivery, bytes);
        assert.ok('undecodable' in decoded);
        return decoded.undecodable;
      };
      assert.equal(await reasons(null), 'no value');
      assert.equal(await reasons(Buffer.alloc(0)), 'no schema id');
      assert.equal(await reasons(Buffer.from([0, 0, 0, 1])), 'no schema id');
      assert.equal(await reasons(Buffer.from('{"delivery_id":1}')), 'no schema id');
      assert.equal(await reasons(Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1])), 'unknown schema id 2147483632');
      assert.equal(await reasons(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])), 'unknown schema id -1');
      for (const bytes of [value.subarray(0, 5), value.subarray(0, -1), Buffer.concat([value, Buffer.from([1])])])
        assert.match(await reasons(bytes), new RegExp(`^not readable with schema id ${id}: `));
    });

    it('a reader with a new nullable column, or without a column, reads what older writers wrote', async () => {
      const topic = fresh();
      const value = (await codecs.encoder(topic, without(Delivery, 'region'))).encode(delivery);
      assert.deepEqual(await decodeOne(topic, Delivery, value), { row: delivery });
      const { weight: _, at: __, ...rest } = delivery;
      assert.deepEqual(await decodeOne(topic, without(Delivery, 'weight', 'at'), value), { row: rest });
    });

    it('a decoder knows the columns that writers wrote and its schema lacks, where they can be added', async () => {
      const topic = fresh();
      const lacks = ['region', 'weight', 'day', 'tip', 'returned', 'at'];
      const value = (await codecs.encoder(topic, Delivery)).encode(delivery);
      const decoder = await codecs.decoder(topic, without(Delivery, ...lacks));
      assert.deepEqual(decoder.beyond(), []);
      await decoder.prepare([value]);
      // Decimals, lists and what may not be null cannot be added.
      assert.deepEqual(decoder.beyond(), [
        { name: 'region', type: { kind: 'string' }, nullable: true },
        { name: 'weight', type: { kind: 'double' }, nullable: true },
        { name: 'day', type: { kind: 'date' }, nullable: true },
      ]);
    });

    it('a column that the elements of a list gained is null in older rows, one that they lost is left out (V5)', async () => {
      const topic = fresh();
      const items = (of: RowSpec<object>): RowSchema => row('Order', { items: list(of) });
      const value = (await codecs.encoder(topic, items(row('Item', { a: int(), b: int() })))).encode({
        items: [{ a: 1, b: 2 }],
      });
      const decoded = await decodeOne(topic, items(row('Item', { b: int(), c: string() })), value);
      assert.deepEqual(decoded, { row: { items: [{ b: 2, c: null }] } });
    });

    it('a decimal is read with the scale that it was written with, in more digits or fewer if they hold it (V4)', async () => {
      const topic = fresh();
      const priced = (precision: number, scale: number) => row('Priced', { price: decimal(precision, scale) });
      const value = (await codecs.encoder(topic, priced(10, 2))).encode({ price: 123.45 });
      assert.deepEqual(await decodeOne(topic, priced(12, 2), value), { row: { price: 123.45 } });
      assert.deepEqual(await decodeOne(topic, priced(5, 2), value), { row: { price: 123.45 } });
      for (const other of [priced(4, 2), priced(10, 3), priced(10, 1)]) {
        const decoded = await decodeOne(topic, other, value);
        assert.ok('undecodable' in decoded && decoded.undecodable.startsWith('not readable with schema id '));
      }
    });

    it('a writer of another type is not readable', async () => {
      const [topic, other] = [fresh(), fresh()];
      const Other = row('Delivery', { delivery_id: long() });
      const value = (await codecs.encoder(other, Other)).encode({ delivery_id: 5 });
      const decoded = await decodeOne(topic, Delivery, value);
      assert.ok('undecodable' in decoded && decoded.undecodable.startsWith('not readable with schema id '));
    });

    it('the same schema may be registered again, a compatible one too, an incompatible one may not', async () => {
      const topic = fresh();
      await codecs.encoder(topic, without(Delivery, 'region'));
      await codecs.encoder(topic, without(Delivery, 'region'));
      await codecs.encoder(topic, Delivery);
      const required = {
        ...Delivery,
        fields: [...Delivery.fields, { name: 'x', type: { kind: 'int' }, nullable: false }],
      };
      await assert.rejects(codecs.encoder(topic, required as RowSchema), { code: 'MED_SCHEMA_INCOMPATIBLE' });
    });

    it('a value that does not fit its column is a TypeError, and the next row is encoded', async () => {
      const topic = fresh();
      const encoder = await codecs.encoder(topic, Delivery);
      const { delivery_id: _, ...missing } = delivery;
      for (const wrong of [
        { ...delivery, delivery_id: null },
        { ...delivery, delivery_id: 5 },
        { ...delivery, gift_count: 2 ** 31 },
        { ...delivery, gift_count: 1.5 },
        { ...delivery, sequence: 2 ** 53 },
        { ...delivery, latitude: Number.NaN },
        { ...delivery, weight: Number.POSITIVE_INFINITY },
        { ...delivery, is_delivered: 'true' },
        { ...delivery, at: '2026-01-01' },
        { ...delivery, fee: 0.001 },
        { ...delivery, fee: 1e13 },
        { ...delivery, tip: 1 },
        { ...delivery, items: null },
        { ...delivery, items: [{ gift: 5 }] },
        { ...delivery, returned: 'all' },
        missing,
      ])
        assert.throws(() => encoder.encode(wrong as AnyRow), TypeError, JSON.stringify(wrong));
      assert.deepEqual(await decodeOne(topic, Delivery, encoder.encode(delivery)), { row: delivery });
    });

    it('a record is read without its schema declared, as values with their meaning', async () => {
      const value = (await codecs.encoder(fresh(), Delivery)).encode({ ...delivery, day: 20_000 });
      const decoder = await codecs.recordDecoder();
      assert.deepEqual(decoder.decode(value), { undecodable: `unknown schema id ${value.readInt32BE(1)}` });
      await decoder.prepare([value, null]);
      const record = { ...delivery, at: new Date(-1), day: new Date(20_000 * 86_400_000) };
      assert.deepEqual(decoder.decode(value), { record });
      assert.deepEqual(decoder.decode(null), { undecodable: 'no value' });
      assert.deepEqual(decoder.decode(Buffer.from('{}{}{}')), { undecodable: 'no schema id' });
      for (const bytes of [value.subarray(0, -1), Buffer.concat([value, Buffer.from([1])])]) {
        const decoded = decoder.decode(bytes);
        assert.ok('undecodable' in decoded && decoded.undecodable.startsWith('not readable with schema id '));
      }
    });
  });
}
