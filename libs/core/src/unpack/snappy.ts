import { Output } from './output.ts';

/** Java's clients frame snappy in chunks: this magic and two versions, then chunks of a length and a block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = 16;

/**
 * Unpacks snappy, in Java's frames or bare, to at most `most` bytes. Written here for the reason that LZ4 is. Throws for what is
 * none.
 */
export function unsnappy(bytes: Buffer, most: number): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return unsnappyBlock(bytes, most);
  const blocks: Buffer[] = [];
  let left = most;
  for (let at = XERIAL_HEAD_BYTES; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    const block = unsnappyBlock(bytes.subarray(at + 4, end), left);
    left -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

/** The bytes that a block says it becomes, and where it goes on. */
function sizeOf(block: Buffer): { readonly size: number; readonly at: number } {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { size, at: i + 1 };
  }
  throw new Error('it is no block of snappy');
}

function little(block: Buffer, at: number, bytes: number): number {
  if (at + bytes > block.length) throw new Error('it ends too early');
  return bytes === 0 ? 0 : block.readUIntLE(at, bytes);
}

/** Unpacks a bare block of snappy, as {@link unsnappy} does. */
export function unsnappyBlock(block: Buffer, most: number): Buffer {
  const { size, at: first } = sizeOf(block);
  if (size > most) throw new Error(`unpacked it has ${size} bytes, more than ${most}`);
  // As it is packed at most 64 to 3, memory is no larger than that, whatever it says.
  const output = new Output(size, Math.min(size, block.length * 22));
  for (let at = first; at < block.length; ) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const length = (extra === 0 ? tag >> 2 : little(block, at, extra)) + 1;
      output.literal(block, at + extra, length);
      at += extra + length;
    } else if (kind === 1) {
      output.copy(((tag & 0xe0) << 3) | little(block, at, 1), ((tag >> 2) & 7) + 4);
      at += 1;
    } else {
      const width = kind === 2 ? 2 : 4;
      output.copy(little(block, at, width), (tag >> 2) + 1);
      at += width;
    }
  }
  const { bytes } = output;
  if (bytes.length !== size) throw new Error(`unpacked it has ${bytes.length} bytes, and says ${size}`);
  return bytes;
}
