import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { unlz4, unsnappy } from '@medallion/core';
import { lz4Compress, snappyCompress } from '@platformatic/wasm-utils';
import fc from 'fast-check';
import { decompress, decompressUpTo } from './decompress.ts';

const KINDS: readonly (readonly [name: string, kind: number, compress: (bytes: Buffer) => Buffer])[] = [
  ['gzip', 1, gzipSync],
  ['snappy', 2, (bytes) => Buffer.from(snappyCompress(bytes))],
  ['lz4', 3, (bytes) => Buffer.from(lz4Compress(bytes))],
  ['zstd', 4, zstdCompressSync],
];

/** Texts that repeat themselves near and far, and bytes that do not. */
const contents = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.constantFrom(1, 2, 9, 70, 3_000))
        .map(([part, times]) => Buffer.concat(new Array<Uint8Array>(times).fill(part))),
    ),
    { maxLength: 8 },
  )
  // The library that packs cannot do with nothing.
  .map((parts) => Buffer.concat([Buffer.from([1]), ...parts]));

for (const [name, kind, compress] of KINDS)
  describe(name, () => {
    it('is unpacked to what was packed', async () => {
      await fc.assert(
        fc.asyncProperty(contents, async (bytes) => {
          assert.ok((await decompress(kind, compress(bytes))).equals(bytes));
        }),
        { numRuns: 300 },
      );
    });

    it('that would become more than there is room for is refused before it does', async () => {
      const most = 100_000;
      const room = decompressUpTo(most);
      assert.equal((await room(kind, compress(Buffer.alloc(most)))).length, most);
      await assert.rejects(async () => room(kind, compress(Buffer.alloc(most + 1))), /more than|larger than/);
      await assert.rejects(async () => room(kind, compress(Buffer.alloc(300 * most))), /more than|larger than/);
    });

    it('is still unpacked after any number of those that are damaged', async () => {
      const bytes = Buffer.from('{"delivery_id":"d1","city":"Oslo"}'.repeat(200));
      const good = compress(bytes);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }), async (sets) => {
          const damaged = Buffer.from(good);
          for (const [at, byte] of sets) damaged[at] = byte;
          // Whatever it becomes, it ends.
          await (async () => decompress(kind, damaged))().catch(() => null);
        }),
        { numRuns: 300 },
      );
      assert.ok((await decompress(kind, good)).equals(bytes));
    });
  });

it('what refers to what is not there, or has no end, is refused', () => {
  const frame = (...block: number[]) =>
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);
  assert.equal(unlz4(frame(0x30, 97, 98, 99), 10).toString(), 'abc');
  assert.throws(() => unlz4(frame(0x10, 97, 2, 0, 0x00), 10), /before its start/);
  assert.throws(() => unlz4(frame(0x10, 97, 0, 0, 0x00), 10), /before its start/);
  assert.throws(() => unlz4(frame(0x30, 97, 98, 99).subarray(0, -4), 10), /no end/);
  assert.throws(() => unlz4(frame(0xf0, 255, 255), 10), /ends too early/);
  assert.throws(() => unlz4(frame(0x1f, 97, 1, 0, 255, 0), 10), /more than 10/);
  assert.equal(unsnappy(Buffer.from([3, 0x08, 97, 98, 99]), 10).toString(), 'abc');
  assert.throws(() => unsnappy(Buffer.from([3, 0x08, 97]), 10), /ends too early/);
  assert.throws(() => unsnappy(Buffer.from([9, 0x00, 97, 0x01, 2]), 10), /before its start/);
  assert.throws(() => unsnappy(Buffer.from([11, 0x00, 97]), 10), /more than 10/);
  assert.throws(() => unsnappy(Buffer.from([2, 0x00, 97]), 10), /and says 2/);
});
