import { messageOf } from '@medallion/core';
import type { DecodedRecord, RecordDecoder } from '@medallion/runtime';
import { recordType } from './avro-type.ts';
import type { Registry } from './registry.ts';
import { HEAD_BYTES, notReadable, Writers } from './writers.ts';

/** Reads records that anyone wrote, each with the schema that it names. `now` is in milliseconds. */
export function createRecordDecoder(registry: Registry, now: () => number = Date.now): RecordDecoder {
  const writers = new Writers(registry, recordType, now);
  return {
    prepare: (values) => writers.prepare(values),

    decode(value): DecodedRecord {
      const known = writers.of(value);
      if ('unreadable' in known) return { undecodable: known.unreadable };
      // Who has a writer has a value.
      const bytes = value as Buffer;
      const wrong = (reason: string): DecodedRecord => ({ undecodable: notReadable(bytes.readInt32BE(1), reason) });
      try {
        const { value: record, offset } = known.writer.decode(bytes, HEAD_BYTES);
        if (offset < 0) return wrong('it ends too early');
        if (offset !== bytes.length) return wrong(`${bytes.length - offset} bytes are left over`);
        return { record: plain(record) as Readonly<Record<string, unknown>> };
      } catch (error) {
        return wrong(messageOf(error));
      }
    },
  };
}

/** What avsc wraps a value of a union in whose branches it could not tell apart. */
type Branch = { unwrap(): unknown };

const isBranch = (value: object): value is Branch =>
  Object.getPrototypeOf(value) !== Object.prototype && typeof (value as Partial<Branch>).unwrap === 'function';

/** The values within their branches; changes arrays and objects in place. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (isBranch(value)) return plain(value.unwrap());
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = plain(value[i]);
    return value;
  }
  const record = value as Record<string, unknown>;
  for (const name of Object.keys(record)) {
    const part = record[name];
    const inner = plain(part);
    if (inner !== part) record[name] = inner;
  }
  return record;
}
