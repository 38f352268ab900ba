import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Headers, OutRecord } from '@medallion/runtime';
import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils';
import fc from 'fast-check';
import { recordBatches } from '../kafkajs-patch.ts';
import { crc32c } from './crc32c.ts';
import { type Decompress, decodeRecordBatches } from './decode.ts';
import { decompress } from './decompress.ts';
import { BATCH_OVERHEAD_BYTES, encodeRecordBatch, recordSize } from './encode.ts';

const require = createRequire(import.meta.url);
// kafkajs' own coder, as the reference.
const reference = {
  decode: require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: unknown) => Promise<{
    records: { offset: string; key: Buffer | null; value: Buffer | null; timestamp: string; headers: object }[];
  }>,
  Decoder: require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown,
  crc: require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number,
};

const none: Decompress = () => assert.fail('nothing is compressed');
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
// kafkajs mistakes what objects inherit for a header that came before.
const names = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((name) => !(name in {}));
const headers = fc.dictionary(names, fc.oneof(bytes, fc.string({ unit: 'grapheme', maxLength: 80 })), { maxKeys: 4 });
const record: fc.Arbitrary<OutRecord> = fc.record({
  key: fc.option(bytes, { nil: null }),
  value: fc.option(bytes, { nil: null }),
  headers: headers as fc.Arbitrary<Headers>,
});

const asBuffers = (headers: Headers): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value as string)]));

/** The batch as the broker stores it. */
function stored(records: readonly OutRecord[], baseOffset: number): Buffer {
  const batch = encodeRecordBatch(records, 1_700_000_000_000);
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

/** The batch with its records compressed by another producer. */
function compressed(batch: Buffer, kind: number, compress: (bytes: Buffer) => Buffer): Buffer {
  const packed = Buffer.concat([
    batch.subarray(0, BATCH_OVERHEAD_BYTES),
    compress(batch.subarray(BATCH_OVERHEAD_BYTES)),
  ]);
  packed.writeInt32BE(packed.length - 12, 8);
  packed.writeInt16BE(kind, 21);
  return packed;
}

const small = (value: string): OutRecord => ({ key: null, value: Buffer.from(value), headers: {} });

describe('a record batch', () => {
  it('is read back as it was written, by this decoder and by kafkajs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), fc.nat(2 ** 40), async (records, base) => {
        const batch = stored(records, base);
        const own = await decodeRecordBatches(batch, none);
        const theirs = (await reference.decode(new reference.Decoder(batch))).records;
        assert.equal(own.length, records.length);
        for (const [i, { key, value, headers }] of records.entries()) {
          const expected = { key, value, headers: asBuffers(headers) };
          const { offset, timestampMs, isControlRecord: _, batchContext: __, ...found } = own[i]!;
          assert.deepEqual(found, expected);
          assert.deepEqual([offset, timestampMs], [base + i, 1_700_000_000_000]);
          const other = theirs[i]!;
          assert.deepEqual({ key: other.key, value: other.value, headers: { ...other.headers } }, expected);
          assert.deepEqual([other.offset, other.timestamp], [String(base + i), '1700000000000']);
        }
      }),
    );
  });

  it('has the checksum that brokers compute, at every length and alignment', () => {
    const noise = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 31 + (i >> 7)) & 0xff));
    assert.equal(crc32c(Buffer.from('123456789'), 0, 9), 0xe3069283);
    for (const start of [0, 1, 2, 3, 21])
      for (const length of [0, 1, 3, 4, 100, 6_143, 6_144, 6_145, 12_288, 12_291, 30_000])
        assert.equal(crc32c(noise, start, start + length), reference.crc(noise.subarray(start, start + length)));
  });

  it('is no larger than its records say', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 50 }), (records) => {
        const most = records.reduce((sum, one) => sum + recordSize(one), BATCH_OVERHEAD_BYTES);
        assert.ok(encodeRecordBatch(records, 0).length <= most);
      }),
    );
  });

  it('may follow another one, and one that is cut off at the end is left out', async () => {
    const both = Buffer.concat([stored([small('a'), small('b')], 5), stored([small('c')], 7)]);
    assert.deepEqual(
      (await decodeRecordBatches(both, none)).map(({ offset }) => offset),
      [5, 6, 7],
    );
    for (let cut = 1; cut <= 60; cut += 7)
      assert.deepEqual(
        (await decodeRecordBatches(both.subarray(0, -cut), none)).map(({ offset }) => offset),
        [5, 6],
      );
  });

  it('is read when another producer has compressed it, whatever Kafka knows it compresses with', async () => {
    const batch = stored([small('a'.repeat(500)), small('b')], 3);
    const xerial = (bytes: Buffer): Buffer => {
      const block = snappyCompress(bytes);
      const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
      head.writeInt32BE(block.length, 16);
      return Buffer.concat([head, block]);
    };
    const kinds = [
      [1, gzipSync],
      [2, snappyCompress],
      [2, xerial],
      [3, lz4Compress],
      [4, zstdCompressSync],
    ] as const;
    for (const [kind, compress] of kinds) {
      const found = await decodeRecordBatches(compressed(batch, kind, compress), decompress);
      assert.deepEqual(
        found.map(({ offset, value }) => [offset, value?.length]),
        [
          [3, 500],
          [4, 1],
        ],
      );
    }
    await assert.rejects(decodeRecordBatches(compressed(batch, 7, gzipSync), decompress), /does not know: 7/);
  });

  it('keeps the offsets of records that compaction has removed', async () => {
    const batch = stored([small('a'), small('b')], 10);
    batch.writeInt32BE(4, 23); // of five records the last three are gone
    const found = await decodeRecordBatches(batch, none);
    assert.deepEqual(
      found.map(({ offset, isControlRecord }) => [offset, isControlRecord]),
      [
        [10, false],
        [11, false],
        [14, true],
      ],
    );
    batch.writeInt32BE(0, 57);
    const emptied = batch.subarray(0, BATCH_OVERHEAD_BYTES);
    emptied.writeInt32BE(BATCH_OVERHEAD_BYTES - 12, 8);
    assert.deepEqual(
      (await decodeRecordBatches(emptied, none)).map(({ offset }) => offset),
      [14],
    );
  });

  it('keeps a header named __proto__ as data', async () => {
    const batch = stored([{ key: null, value: null, headers: { ['__proto__']: 'x' } }], 0);
    const [found] = await decodeRecordBatches(batch, none);
    assert.deepEqual(Object.keys(found!.headers), ['__proto__']);
    assert.equal(Object.getPrototypeOf(found!.headers), Object.prototype);
  });

  it('of timestamps before the first, or set by the log, has the right ones', async () => {
    const batch = stored([small('a')], 0);
    batch.writeInt16BE(0x08, 21);
    batch.writeBigInt64BE(1_800_000_000_000n, 35);
    assert.equal((await decodeRecordBatches(batch, none))[0]?.timestampMs, 1_800_000_000_000);
    const other = stored([small('a')], 0);
    other[BATCH_OVERHEAD_BYTES + 2] = 0x03; // zigzag of -2
    assert.equal((await decodeRecordBatches(other, none))[0]?.timestampMs, 1_699_999_999_998);
  });
});

it('of overlapping transactions all aborted ones are left out', () => {
  const batchContext = (producerId: string) => ({ producerId, inTransaction: true });
  const at = (offset: number, producerId: string) => ({
    offset,
    key: null,
    value: null,
    headers: {},
    timestampMs: 0,
    isControlRecord: false,
    batchContext: batchContext(producerId),
  });
  // In the order of their ends, as brokers send them, and both begin before the first record that is seen.
  const abortedTransactions = [
    { producerId: '2', firstOffset: '1' },
    { producerId: '1', firstOffset: '0' },
  ];
  const messages = [at(5, '1'), at(6, '2'), at(7, '3')];
  assert.deepEqual(
    recordBatches.filterAborted({ messages, abortedTransactions }).map(({ offset }) => offset),
    [7],
  );
});
