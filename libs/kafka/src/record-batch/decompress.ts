import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { lz4Decompress, snappyDecompress } from '@platformatic/wasm-utils';
import type { Decompress } from './decode.ts';

const inflate = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

/** Java's clients frame snappy in chunks: this magic and two versions, then chunks of a length and a block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = 16;

function unsnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyDecompress(bytes);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEAD_BYTES; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    blocks.push(snappyDecompress(bytes.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

/** Undoes the compressions that Kafka knows. The engine writes none; other producers may. */
export const decompress: Decompress = (kind, bytes) => {
  switch (kind) {
    case 1:
      return inflate(bytes);
    case 2:
      return unsnappy(bytes);
    case 3:
      return lz4Decompress(bytes);
    case 4:
      return unzstd(bytes);
    default:
      throw new Error(`records compressed in a way that Kafka does not know: ${kind}`);
  }
};
