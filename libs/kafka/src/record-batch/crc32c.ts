/**
 * CRC-32C (Castagnoli), the checksum of a record batch. Node's zlib has only the other polynomial, and byte by byte it
 * would be a third of the cost of encoding. So whole words are read, in three lanes at once, as the processor waits for
 * each lookup: the lanes are then joined by shifting a checksum over the length of a lane, which is linear and tabled.
 */

const POLYNOMIAL = 0x82f63b78;
const LANE_WORDS = 512;
const NO_WORDS = new Int32Array(0);

/** Four tables of 256: the effect of a byte that is followed by 0 to 3 zero bytes. */
const STEP = new Int32Array(1_024);
for (let i = 0; i < 256; i++) {
  let crc = i;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  STEP[i] = crc;
}
for (let i = 256; i < 1_024; i++) STEP[i] = (STEP[i - 256]! >>> 8) ^ STEP[STEP[i - 256]! & 0xff]!;

/** Four tables of 256, one for each byte of a checksum: the same over a lane of zero bytes. */
const SHIFT = new Int32Array(1_024);
for (let i = 0; i < 1_024; i++) {
  let crc = (i & 0xff) << (8 * (i >> 8));
  for (let byte = 0; byte < LANE_WORDS * 4; byte++) crc = (crc >>> 8) ^ STEP[crc & 0xff]!;
  SHIFT[i] = crc;
}

const shift = (crc: number): number =>
  SHIFT[crc & 0xff]! ^
  SHIFT[256 + ((crc >>> 8) & 0xff)]! ^
  SHIFT[512 + ((crc >>> 16) & 0xff)]! ^
  SHIFT[768 + (crc >>> 24)]!;

/** The CRC-32C of `bytes[start, end)`, unsigned. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const table = STEP;
  let crc = -1;
  let at = start;
  for (; at < end && ((bytes.byteOffset + at) & 3) !== 0; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
  const words = end - at < 4 ? NO_WORDS : new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2);
  let word = 0;
  while (words.length - word >= 3 * LANE_WORDS) {
    let a = crc;
    let b = 0;
    let c = 0;
    for (const stop = word + LANE_WORDS; word < stop; word++) {
      a ^= words[word]!;
      b ^= words[word + LANE_WORDS]!;
      c ^= words[word + 2 * LANE_WORDS]!;
      a =
        table[768 + (a & 0xff)]! ^
        table[512 + ((a >>> 8) & 0xff)]! ^
        table[256 + ((a >>> 16) & 0xff)]! ^
        table[a >>> 24]!;
      b =
        table[768 + (b & 0xff)]! ^
        table[512 + ((b >>> 8) & 0xff)]! ^
        table[256 + ((b >>> 16) & 0xff)]! ^
        table[b >>> 24]!;
      c =
        table[768 + (c & 0xff)]! ^
        table[512 + ((c >>> 8) & 0xff)]! ^
        table[256 + ((c >>> 16) & 0xff)]! ^
        table[c >>> 24]!;
    }
    crc = shift(shift(a) ^ b) ^ c;
    word += 2 * LANE_WORDS;
  }
  for (at += word * 4; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}
