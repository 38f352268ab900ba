import { brotliDecompressSync, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { unlz4Block, unsnappyBlock } from '@medallion/core';
import type { Compressors } from 'hyparquet';
import { FileFault } from './pieces.ts';

/** Writers make pages of a megabyte, a few of a hundred. */
const MAX_PAGE_BYTES = 128 * 1024 * 1024;

/** So many bytes may still be unpacked; what unpacks them takes them off. */
export type Budget = { left: number };

/** What `info` asks for, which the types leave out. */
type Frame = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
type Unpack = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

/**
 * Unpacks pages, each to as many bytes as its header says and no more, all of them within the budget. The library's own
 * decoders make room for what the header says, and have no bound of their own.
 */
export function codecsWithin(budget: Budget): Compressors {
  const bounded =
    (unpack: Unpack) =>
    (input: Uint8Array, length: number): Uint8Array => {
      if (!(Number.isSafeInteger(length) && length >= 0 && length <= Math.min(MAX_PAGE_BYTES, budget.left)))
        throw new FileFault(`a page says that it unpacks to ${length} bytes, which is too much`);
      budget.left -= length;
      if (length === 0) return new Uint8Array(0);
      const page = unpack(Buffer.from(input.buffer, input.byteOffset, input.length), { maxOutputLength: length });
      // Without the rest of the memory that it stands in: a value that lies about its length would show what is there.
      return page.length === page.buffer.byteLength ? page : new Uint8Array(page);
    };
  return {
    SNAPPY: bounded((bytes, { maxOutputLength }) => unsnappyBlock(bytes, maxOutputLength)),
    GZIP: bounded((bytes, options) => (isGzip(bytes) ? gunzipSync(bytes, options) : inflateRawSync(bytes, options))),
    BROTLI: bounded(brotliDecompressSync),
    ZSTD: bounded(unzstd),
    LZ4: bounded((bytes, { maxOutputLength }) => unlz4Hadoop(bytes, maxOutputLength)),
    LZ4_RAW: bounded((bytes, { maxOutputLength }) => unlz4Block(bytes, maxOutputLength)),
  };
}

/** Some writers leave the head of gzip away. */
const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** All frames, one behind the other; Node stops behind the first. */
function unzstd(bytes: Buffer, { maxOutputLength }: Parameters<Unpack>[1]): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0, left = maxOutputLength; at < bytes.length && left > 0; ) {
    const { buffer, engine } = zstdDecompressSync(bytes.subarray(at), {
      maxOutputLength: left,
      info: true,
    }) as unknown as Frame;
    if (engine.bytesWritten === 0) throw new FileFault('a frame of zstd has no end');
    frames.push(buffer);
    left -= buffer.length;
    at += engine.bytesWritten;
  }
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames);
}

/** Hadoop's frames, each with its lengths unpacked and packed; what has no such frames is a bare block. */
function unlz4Hadoop(bytes: Buffer, most: number): Buffer {
  const blocks: Buffer[] = [];
  let unpacked = 0;
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) return unlz4Block(bytes, most);
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    if (end > bytes.length || length > most - unpacked) return unlz4Block(bytes, most);
    blocks.push(unlz4Block(bytes.subarray(at + 8, end), length));
    unpacked += length;
    at = end;
  }
  return Buffer.concat(blocks);
}
