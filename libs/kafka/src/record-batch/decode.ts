import { isMedallionError, MedallionError, messageOf } from '@medallion/core';
import type { Headers, LogRecord } from '@medallion/runtime';
import { TextCache } from '../text-cache.ts';

/** What a record says of its batch, as kafkajs' transaction filter wants it. */
export type BatchContext = { readonly producerId: string; readonly inTransaction: boolean };

/** A record as kafkajs hands it on, in the form that the port wants. */
export type FetchedRecord = LogRecord & { readonly isControlRecord: boolean; readonly batchContext: BatchContext };

/** Undoes the compression of a batch's records. `kind` is the number that the format gives the algorithm. */
export type Decompress = (kind: number, bytes: Buffer) => Promise<Buffer> | Buffer;

const BATCH_HEAD_BYTES = 61;
/** The head's bytes that its length does not count. */
const BEFORE_LENGTH_BYTES = 12;
/** No record takes fewer: length, attributes, two deltas, key, value, count of headers. */
const MIN_RECORD_BYTES = 7;
/** No header takes fewer: the lengths of its name and its value. */
const MIN_HEADER_BYTES = 2;
const COMPRESSION = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const NO_HEADERS: Headers = Object.freeze({});

const int64 = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);

const REMOVED = { key: null, value: null, headers: NO_HEADERS, isControlRecord: true };

/** What the bytes say cannot be: a count or a length that is beyond them, a number that nobody can have meant. */
class Malformed extends Error {}

/** Reads the varints, byte strings and headers of records, and remembers where it is. Beyond `end` nothing is read. */
class Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
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
    const from = this.skip(length);
    return this.bytes.subarray(from, this.at);
  }

  /** Goes on behind so many bytes; gives where they begin. */
  skip(length: number): number {
    const from = this.at;
    this.at = from + length;
    if (this.at > this.end) throw new Malformed(`${length} bytes are said to follow, ${this.end - from} do`);
    return from;
  }
}

/** Header names recur in every record: one string each. */
const names = new TextCache();

function readName(cursor: Cursor): string {
  const from = cursor.skip(Math.max(0, cursor.varint()));
  return names.text(cursor.bytes, from, cursor.at);
}

const EMPTY = Buffer.alloc(0);

function readHeaders(cursor: Cursor): Headers {
  const count = cursor.varint();
  if (count <= 0) return NO_HEADERS;
  if (count * MIN_HEADER_BYTES > cursor.end - cursor.at) throw new Malformed(`it has no room for ${count} headers`);
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
 *
 * A batch that is none holds up what comes behind it, and nothing before it: with records before it, it is left out, too,
 * and is the first of the next fetch. @throws MED_BATCH_UNREADABLE for one that is the first
 */
export async function decodeRecordBatches(bytes: Buffer, decompress: Decompress): Promise<FetchedRecord[]> {
  const records: FetchedRecord[] = [];
  let start = 0;
  while (start + BATCH_HEAD_BYTES <= bytes.length) {
    const before = records.length;
    try {
      const end = start + batchBytes(bytes, start);
      if (end > bytes.length) break;
      const attributes = bytes.readInt16BE(start + 21);
      const kind = attributes & COMPRESSION;
      const unpacked = kind === 0 ? null : await decompress(kind, bytes.subarray(start + BATCH_HEAD_BYTES, end));
      const cursor =
        unpacked === null ? new Cursor(bytes, start + BATCH_HEAD_BYTES, end) : new Cursor(unpacked, 0, unpacked.length);
      readRecords(records, bytes, start, attributes, cursor);
      start = end;
    } catch (error) {
      // What it took of a batch that is none is nothing.
      records.length = before;
      if (before > 0) break;
      throw isMedallionError(error) ? error : unreadable(int64(bytes, start), error);
    }
  }
  return records;
}

const unreadable = (offset: number, cause: unknown): MedallionError =>
  new MedallionError('MED_BATCH_UNREADABLE', { offset, reason: messageOf(cause) }, { cause });

/** How long the batch is that begins at `start`. */
function batchBytes(bytes: Buffer, start: number): number {
  const length = BEFORE_LENGTH_BYTES + bytes.readInt32BE(start + 8);
  if (length < BATCH_HEAD_BYTES) throw new Malformed(`it says that it has ${length} bytes`);
  const magic = bytes[start + 16];
  if (magic !== 2) throw new Malformed(`it is of format ${magic}, which Kafka no longer writes`);
  return length;
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
  if (count < 0 || count * MIN_RECORD_BYTES > cursor.end - cursor.at)
    throw new Malformed(`it has no room for ${count} records`);
  if (baseOffset < 0 || lastOffset < baseOffset || !Number.isSafeInteger(lastOffset))
    throw new Malformed(`its offsets go from ${baseOffset} to ${lastOffset}`);
  let before = baseOffset - 1;
  for (let i = 0; i < count; i++) {
    const length = cursor.varint();
    const next = cursor.at + length;
    if (next > cursor.end) throw new Malformed(`record ${i} is longer than it`);
    cursor.at++; // attributes, unused
    const timestampDelta = cursor.varlong();
    const offset = baseOffset + cursor.varint();
    if (offset <= before || offset > lastOffset) throw new Malformed(`record ${i} has the offset ${offset}`);
    before = offset;
    const key = cursor.byteString();
    const value = cursor.byteString();
    const headers = readHeaders(cursor);
    if (cursor.at !== next) throw new Malformed(`record ${i} has another length than it says`);
    const timestampMs = byLog ? maxTimestamp : firstTimestamp + timestampDelta;
    if (!Number.isSafeInteger(timestampMs)) throw new Malformed(`record ${i} has the time ${timestampMs}`);
    into.push({ offset, key, value, headers, timestampMs, isControlRecord, batchContext });
  }
  // Compaction keeps the offsets of what it removed. Without this stand-in for the last of them kafkajs, which goes by
  // the records that it sees, would fetch the same batch for ever.
  if (before < lastOffset) into.push({ ...REMOVED, offset: lastOffset, timestampMs: maxTimestamp, batchContext });
}
