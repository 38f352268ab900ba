import assert from 'node:assert/strict';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isMedallionError } from '@medallion/core';
import type { OutRecord } from '@medallion/runtime';
import fc from 'fast-check';
import { decodeRecordBatches, type FetchedRecord } from '../../../libs/kafka/src/record-batch/decode.ts';
import { decompressUpTo } from '../../../libs/kafka/src/record-batch/decompress.ts';
import { BATCH_OVERHEAD_BYTES, encodeRecordBatch } from '../../../libs/kafka/src/record-batch/encode.ts';
import { entrance } from '../engine/fuzz.ts';
import { mutated } from '../hostile/bytes.ts';
import { hostileText } from '../hostile/texts.ts';

/** Smaller than a service's, so that bombs are quick. */
const MOST_UNPACKED = 1024 * 1024;
const decompress = decompressUpTo(MOST_UNPACKED);

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each)),
  hostileText.map((text) => Buffer.from(text.slice(0, 200))),
);
const records: fc.Arbitrary<readonly OutRecord[]> = fc.array(
  fc.record({
    key: fc.option(bytes, { nil: null }),
    value: fc.option(bytes, { nil: null }),
    headers: fc
      .array(fc.tuple(hostileText, bytes), { maxLength: 3 })
      .map((all) => Object.fromEntries(all.map(([name, value]) => [name.slice(0, 50), value]))),
  }),
  { minLength: 1, maxLength: 4 },
);

const packed = (batch: Buffer, kind: number, pack: (body: Buffer) => Buffer): Buffer => {
  const whole = Buffer.concat([batch.subarray(0, BATCH_OVERHEAD_BYTES), pack(batch.subarray(BATCH_OVERHEAD_BYTES))]);
  whole.writeInt32BE(whole.length - 12, 8);
  whole.writeInt16BE(kind, 21);
  return whole;
};

/** Snappy without any reference: one literal. */
function snappyLiteral(body: Buffer): Buffer {
  const size = Buffer.from([(body.length & 0x7f) | 0x80, ((body.length >> 7) & 0x7f) | 0x80, body.length >> 14]);
  const tag = Buffer.from([62 << 2, 0, 0, 0]);
  tag.writeUIntLE(body.length - 1, 1, 3);
  return Buffer.concat([size, tag, body]);
}

/** An LZ4 frame of one block that is as it was. */
function lz4Stored(body: Buffer): Buffer {
  const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0]);
  head.writeUInt32LE((body.length | 0x8000_0000) >>> 0, 7);
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

const bomb = Buffer.alloc(4 * MOST_UNPACKED);
const PACKED: readonly ((batch: Buffer) => Buffer)[] = [
  (batch) => batch,
  (batch) => packed(batch, 1, gzipSync),
  (batch) => packed(batch, 4, zstdCompressSync),
  (batch) => packed(batch, 2, snappyLiteral),
  (batch) => packed(batch, 3, lz4Stored),
];
const BOMBS = [packed(Buffer.alloc(BATCH_OVERHEAD_BYTES), 1, () => gzipSync(bomb))].map((batch) => {
  batch[16] = 2;
  return batch;
});

/** Lengths, counts and times that nobody can have meant, at the places where they stand. */
const FIELDS = [
  { at: 8, width: 4 },
  { at: 16, width: 1 },
  { at: 21, width: 2 },
  { at: 23, width: 4 },
  { at: 27, width: 8 },
  { at: 35, width: 8 },
  { at: 57, width: 4 },
] as const;
const MEANT = [0n, 1n, -1n, 49n, 0x7fff_ffffn, -0x8000_0000n, 0x7fff_ffff_ffff_ffffn] as const;

const wrongField = (batch: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.tuple(batch, fc.constantFrom(...FIELDS), fc.constantFrom(...MEANT)).map(([valid, { at, width }, value]) => {
    const copy = Buffer.from(valid);
    const all = Buffer.alloc(8);
    all.writeBigInt64BE(value);
    if (copy.length >= at + width) all.copy(copy, at, 8 - width);
    return copy;
  });

const batch = fc.tuple(records, fc.constantFrom(...PACKED), fc.nat(1_000)).map(([all, pack, base]) => {
  const whole = pack(encodeRecordBatch(all, 1_700_000_000_000));
  whole.writeBigInt64BE(BigInt(base), 0);
  return whole;
});

const cases = fc.oneof(
  { weight: 40, arbitrary: mutated(batch) },
  { weight: 20, arbitrary: wrongField(batch) },
  { weight: 1, arbitrary: fc.constantFrom(...BOMBS) },
);

const BEFORE = 5;
const valid = encodeRecordBatch([{ key: Buffer.from('k'), value: Buffer.from('neighbour'), headers: {} }], 1);
valid.writeBigInt64BE(BigInt(BEFORE), 0);

/** What the rest of the engine takes for granted of a record. */
function check(found: readonly FetchedRecord[], most: number): void {
  assert.ok(found.length <= most, `${found.length} records of ${most} bytes`);
  for (const { offset, timestampMs, key, value, headers } of found) {
    assert.ok(Number.isSafeInteger(offset) && offset >= 0, `offset ${offset}`);
    assert.ok(Number.isSafeInteger(timestampMs) || value === null, `time ${timestampMs}`);
    assert.ok(key === null || Buffer.isBuffer(key));
    assert.equal(Object.getPrototypeOf(headers), Object.prototype);
    for (const name of Object.keys(headers)) assert.ok(Buffer.isBuffer(headers[name]), `header ${name}`);
  }
}

export const recordBatches = entrance({
  name: 'record-batches',
  about: 'what a broker answers to a fetch: batches of Kafka’s format, compressed or not',
  cases,
  together: 200,
  async judge(all, journal) {
    for (const hostile of all) {
      // Alone: it is read, cut off, or refused with a code.
      try {
        const found = await decodeRecordBatches(hostile, decompress);
        check(found, hostile.length + MOST_UNPACKED);
        journal.met(found.length === 0 ? 'cut off' : 'read');
      } catch (error) {
        journal.refused(error, { codes: ['MED_BATCH_UNREADABLE'] });
      }
      // Behind a valid one: that one is read in any case.
      const [first, ...rest] = await decodeRecordBatches(Buffer.concat([valid, hostile, valid]), decompress).catch(
        (error: unknown) => assert.fail(isMedallionError(error) ? error.message : String(error)),
      );
      assert.equal(first?.offset, BEFORE, 'the batch before it is lost');
      assert.equal(first.value?.toString(), 'neighbour');
      check(rest, hostile.length + valid.length + MOST_UNPACKED);
    }
  },
});
