import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { codecsWithin } from './parquet-codecs.ts';

const PAGE = Buffer.from('{"delivery_id":"d1","city":"Oslo"}'.repeat(100));
const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
};
/** One literal of a few bytes. */
const lz4 = (bytes: Buffer): Buffer => Buffer.from([bytes.length << 4, ...bytes]);
const hadoop = (...parts: readonly Buffer[]): Buffer =>
  Buffer.concat(parts.flatMap((part) => [lengthOf(part.length), lengthOf(lz4(part).length), lz4(part)]));
const [one, two] = [Buffer.from('one'), Buffer.from('two')];

const PACKED: readonly (readonly [
  codec: keyof ReturnType<typeof codecsWithin>,
  what: string,
  packed: Buffer,
  page: Buffer,
])[] = [
  ['GZIP', 'gzip', gzipSync(PAGE), PAGE],
  ['GZIP', 'gzip in two members', Buffer.concat([gzipSync(one), gzipSync(two)]), Buffer.from('onetwo')],
  ['GZIP', 'gzip without its head', deflateRawSync(PAGE), PAGE],
  ['ZSTD', 'zstd', zstdCompressSync(PAGE), PAGE],
  ['ZSTD', 'zstd in two frames', Buffer.concat([zstdCompressSync(one), zstdCompressSync(two)]), Buffer.from('onetwo')],
  ['BROTLI', 'brotli', brotliCompressSync(PAGE), PAGE],
  ['SNAPPY', 'snappy', Buffer.from([3, 2 << 2, ...one]), one],
  ['LZ4_RAW', 'a block of LZ4', lz4(one), one],
  ['LZ4', 'a block of LZ4 without frames', lz4(one), one],
  ['LZ4', "Hadoop's LZ4", hadoop(one, two), Buffer.from('onetwo')],
];

describe('a page', () => {
  for (const [codec, what, packed, page] of PACKED) {
    const unpack = (left: number, length: number) => codecsWithin({ left })[codec]!(packed, length);

    it(`in ${what} is unpacked, and stands in no memory but its own`, () => {
      const found = unpack(1_000_000, page.length);
      assert.deepEqual(Buffer.from(found), page);
      assert.equal(found.buffer.byteLength, page.length);
    });

    it(`in ${what} that becomes more than it says, or than there is room for, is refused`, () => {
      assert.throws(() => unpack(1_000_000, page.length - 1));
      assert.throws(() => unpack(page.length - 1, page.length), /which is too much/);
      assert.throws(() => unpack(1e12, 2 ** 31 - 1), /which is too much/);
    });
  }

  it('takes what it unpacks to from what the others may have', () => {
    const budget = { left: 10 };
    const unpack = codecsWithin(budget).SNAPPY!;
    unpack(PACKED[6]![2], 3);
    assert.equal(budget.left, 7);
  });
});
