import type { Headers, LogRecord } from '@medallion/runtime';
import { TextCache } from '../text-cache.ts';

/** What a record says of its batch, as kafkajs' transaction filter wants it. */
export type BatchContext = { readonly producerId: string; readonly inTransaction: boolean };

/** A record as kafkajs hands it on, in the form that the port wants. */
export type FetchedRecord = LogRecord & { readonly isControlRecord: boolean; readonly batchContext: BatchContext };

/** Undoes the compression of a batch's records. `kind` is the number that the format gives the algorithm. */
export type Decompress = (kind: number, bytes: Buffer) => Promise<Buffer> | Buffer;

const BATCH_HEAD_BYTES = 61;
const COMPRESSION = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const NO_HEADERS: Headers = Object.freeze({});

const int64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);

const REMOVED = { key: null, value: null, headers: NO_HEADERS, isControlRecord: true };

/** Reads the varints, byte strings and headers of records, and remembers where it is. */
class Cursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let n = byte & 0x7f;
    let shift = 7;
    do {
      byte = bytes[this.at++]!;
      n |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return (n >>> 1) ^ -(n & 1);
  }

  /** A varint of up to 64 bits; exact within ±2^53. */
  varlong(): number {
    let byte = this.bytes[this.at++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let n = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = this.bytes[this.at++]!;
      n += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }

  byteString(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.at = from + length;
    return this.bytes.subarray(from, this.at);
  }
}

/** Header names recur in every record: one string each. */
const names = new TextCache();

function readName(cursor: Cursor): string {
  const length = Math.max(0, cursor.varint());
  const from = cursor.at;
  cursor.at = from + length;
  return names.text(cursor.bytes, from, cursor.at);
}

const EMPTY = Buffer.alloc(0);

function readHeaders(cursor: Cursor): Headers {
  const count = cursor.varint();
  if (count <= 0) return NO_HEADERS;
  const headers: Record<string, Buffer> = {};
  for (let i = 0; i < count; i++) {
    const key = readName(cursor);
    const value = cursor.byteString() ?? EMPTY;
    // An own property by definition, where assignment would call the setter that Object.prototype has for this name.
    if (key === '__proto__') Object.defineProperty(headers, key, { value, enumerable: true, configurable: true });
    else headers[key] = value;
  }
  return headers;
}

/**
 * The records of consecutive batches (Kafka's format 2), control records included. A batch that is cut off at the end,
 * as brokers send them, is left out. The records' bytes are views of `bytes`, which they keep in memory.
 */
export async function decodeRecordBatches(bytes: Buffer, decompress: Decompress): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let start = 0;
  while (start + BATCH_HEAD_BYTES <= bytes.length) {
    const end = start + 12 + bytes.readInt32BE(start + 8);
    if (end > bytes.length) break;
    const magic = bytes[start + 16];
    if (magic !== 2) throw new Error(`record batch of format ${magic}, which Kafka no longer writes`);
    const attributes = bytes.readInt16BE(start + 21);
    const kind = attributes & COMPRESSION;
    const cursor =
      kind === 0
        ? new Cursor(bytes, start + BATCH_HEAD_BYTES)
        : new Cursor(await decompress(kind, bytes.subarray(start + BATCH_HEAD_BYTES, end)), 0);
    readRecords(records, bytes, start, attributes, cursor);
    start = end;
  }
  return records;
}

function readRecords(into: FetchedRecord[], bytes: Buffer, start: number, attributes: number, cursor: Cursor): void {
  const baseOffset = int64(bytes, start);
  const firstTimestamp = int64(bytes, start + 27);
  const maxTimestamp = int64(bytes, start + 35);
  const byLog = (attributes & LOG_APPEND_TIME) !== 0;
  const isControlRecord = (attributes & CONTROL) !== 0;
  const batchContext = {
    producerId: bytes.readBigInt64BE(start + 43).toString(),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
  };
  const count = bytes.readInt32BE(start + 57);
  const lastOffset = baseOffset + bytes.readInt32BE(start + 23);
  for (let i = 0; i < count; i++) {
    const length = cursor.varint();
    const next = cursor.at + length;
    cursor.at++; // attributes, unused
    const timestampDelta = cursor.varlong();
    const offset = baseOffset + cursor.varint();
    const key = cursor.byteString();
    const value = cursor.byteString();
    const headers = readHeaders(cursor);
    const timestampMs = byLog ? maxTimestamp : firstTimestamp + timestampDelta;
    into.push({ offset, key, value, headers, timestampMs, isControlRecord, batchContext });
    cursor.at = next;
  }
  // Compaction keeps the offsets of what it removed. Without this stand-in for the last of them kafkajs, which goes by
  // the records that it sees, would fetch the same batch for ever.
  if ((into.at(-1)?.offset ?? -1) < lastOffset)
    into.push({ ...REMOVED, offset: lastOffset, timestampMs: maxTimestamp, batchContext });
}
