import type { Headers, OutRecord } from '@medallion/runtime';
import { crc32c } from './crc32c.ts';

/**
 * Encodes a record batch (Kafka's format 2) in two passes over one buffer: sizes, then bytes.
 *
 *     base offset 8 · length 4 · leader epoch 4 · magic 1 · crc 4 · attributes 2 · last offset delta 4 ·
 *     first timestamp 8 · max timestamp 8 · producer id 8 · producer epoch 2 · base sequence 4 · count 4 · records
 *     record: length · attributes 1 · timestamp delta · offset delta · key · value · headers, lengths as zigzag varints
 */

const BATCH_HEAD_BYTES = 61;
const CRC_AT = 17;
const CRC_FROM = 21;
const MAX_NAMES = 256;

const names = new Map<string, Buffer>();

/** Header names recur in every record; their bytes are kept, up to a bound. */
function nameBytes(name: string): Buffer {
  const known = names.get(name);
  if (known) return known;
  const bytes = Buffer.from(name);
  if (names.size < MAX_NAMES) names.set(name, bytes);
  return bytes;
}

/** Bytes of the zigzag varint of n ≥ 0, of which -1 also takes one. */
const varintBytes = (n: number): number => (n < 0x40 ? 1 : n < 0x2000 ? 2 : n < 0x100000 ? 3 : n < 0x8000000 ? 4 : 5);

function writeVarint(into: Buffer, at: number, n: number): number {
  let rest = (n << 1) ^ (n >> 31);
  while ((rest & ~0x7f) !== 0) {
    into[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[at++] = rest;
  return at;
}

const bytesSize = (bytes: Buffer | null): number => (bytes === null ? 1 : varintBytes(bytes.length) + bytes.length);

function writeBytes(into: Buffer, at: number, bytes: Buffer | null): number {
  if (bytes === null) return writeVarint(into, at, -1);
  const start = writeVarint(into, at, bytes.length);
  into.set(bytes, start);
  return start + bytes.length;
}

function headersSize(headers: Headers): number {
  let size = 0;
  let count = 0;
  for (const name in headers) {
    const value = headers[name]!;
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    size += bytesSize(nameBytes(name)) + varintBytes(length) + length;
    count++;
  }
  return varintBytes(count) + size;
}

function writeHeaders(into: Buffer, at: number, headers: Headers): number {
  let count = 0;
  for (const _ in headers) count++;
  at = writeVarint(into, at, count);
  for (const name in headers) {
    const value = headers[name]!;
    at = writeBytes(into, at, nameBytes(name));
    if (typeof value === 'string') {
      const length = Buffer.byteLength(value);
      at = writeVarint(into, at, length);
      at += into.write(value, at, length, 'utf8');
    } else at = writeBytes(into, at, value);
  }
  return at;
}

/** Bytes of a record after its length, when it is number `index` of its batch. */
const bodySize = (record: OutRecord, index: number): number =>
  2 + varintBytes(index) + bytesSize(record.key) + bytesSize(record.value) + headersSize(record.headers);

/** The most bytes that a record takes in a batch, whatever its place. */
export const recordSize = (record: OutRecord): number => 5 + bodySize(record, 0x7fffffff);

/** Bytes of a batch besides its records. */
export const BATCH_OVERHEAD_BYTES = BATCH_HEAD_BYTES;

/** One uncompressed record batch of `records`, at least one, all with the timestamp `nowMs`. */
export function encodeRecordBatch(records: readonly OutRecord[], nowMs: number): Buffer {
  const sizes = new Int32Array(records.length);
  let total = BATCH_HEAD_BYTES;
  for (let i = 0; i < records.length; i++) {
    const size = bodySize(records[i]!, i);
    sizes[i] = size;
    total += varintBytes(size) + size;
  }
  const batch = Buffer.allocUnsafeSlow(total);
  batch.fill(0, 0, BATCH_HEAD_BYTES);
  batch.writeInt32BE(total - 12, 8);
  batch[16] = 2;
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(nowMs), 27);
  batch.writeBigInt64BE(BigInt(nowMs), 35);
  batch.fill(0xff, 43, 57); // no producer id, epoch and sequence: not idempotent
  batch.writeInt32BE(records.length, 57);
  let at = BATCH_HEAD_BYTES;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    at = writeVarint(batch, at, sizes[i]!);
    batch[at++] = 0;
    batch[at++] = 0;
    at = writeVarint(batch, at, i);
    at = writeBytes(batch, at, record.key);
    at = writeBytes(batch, at, record.value);
    at = writeHeaders(batch, at, record.headers);
  }
  batch.writeUInt32BE(crc32c(batch, CRC_FROM, total), CRC_AT);
  return batch;
}
