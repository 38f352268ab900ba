import { Output } from './output.ts';

const MAGIC = 0x184d2204;
const CONTENT_SIZE = 0x08;
const BLOCK_CHECKSUM = 0x10;
const DICTIONARY = 0x01;
const NOT_COMPRESSED = 0x8000_0000;
const MIN_MATCH = 4;
/** What is expected of a frame, in bytes for each of its own. */
const LIKELY_RATIO = 4;

/**
 * Unpacks an LZ4 frame, to at most `most` bytes. Written here because a library of WebAssembly is of no use any more after
 * the first frame that is none: it fails for every one after it. Checksums are not looked at. Throws for what is no frame.
 */
export function unlz4(bytes: Buffer, most: number): Buffer {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new Error('it is no LZ4 frame');
  const flags = bytes[4]!;
  if ((flags & DICTIONARY) !== 0) throw new Error('its LZ4 frame needs a dictionary');
  const output = new Output(most, bytes.length * LIKELY_RATIO);
  for (let at = 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8); at + 4 <= bytes.length; ) {
    const word = bytes.readUInt32LE(at);
    if (word === 0) return output.bytes;
    at += 4;
    const size = word & ~NOT_COMPRESSED;
    if (at + size > bytes.length) throw new Error('it ends too early');
    if (word >= NOT_COMPRESSED) output.literal(bytes, at, size);
    else unpackBlock(bytes.subarray(at, at + size), output);
    at += size + ((flags & BLOCK_CHECKSUM) === 0 ? 0 : 4);
  }
  throw new Error('its LZ4 frame has no end');
}

/** A length of four bits that goes on in bytes of 255 and one less. */
function longLength(block: Buffer, at: number): { readonly more: number; readonly at: number } {
  let more = 0;
  for (;;) {
    const byte = block[at++];
    if (byte === undefined) throw new Error('it ends too early');
    more += byte;
    if (byte < 255) return { more, at };
  }
}

/** Unpacks a block of LZ4 without a frame, as {@link unlz4} does. */
export function unlz4Block(block: Buffer, most: number): Buffer {
  const output = new Output(most, Math.min(most, block.length * LIKELY_RATIO));
  unpackBlock(block, output);
  return output.bytes;
}

/** Literals, then a match among what was unpacked before, and so on; the last part has literals alone. */
function unpackBlock(block: Buffer, output: Output): void {
  for (let at = 0; at < block.length; ) {
    const token = block[at++]!;
    let literals = token >> 4;
    if (literals === 15) {
      const long = longLength(block, at);
      literals += long.more;
      at = long.at;
    }
    output.literal(block, at, literals);
    at += literals;
    if (at === block.length) return;
    if (at + 2 > block.length) throw new Error('it ends too early');
    const back = block[at]! | (block[at + 1]! << 8);
    at += 2;
    let length = token & 15;
    if (length === 15) {
      const long = longLength(block, at);
      length += long.more;
      at = long.at;
    }
    output.copy(back, length + MIN_MATCH);
  }
}
