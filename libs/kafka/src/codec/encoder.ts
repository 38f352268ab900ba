import { messageOf } from '@medallion/core';
import type { RowEncoder } from '@medallion/runtime';
import type { RowSchema } from '@medallion/schema';
import type { Type } from 'avsc';

const SLAB_BYTES = 65_536;
const HEAD_BYTES = 5;

/** Names of the columns whose values Avro does not restrict as much as a row does. */
export const doublesOf = (schema: RowSchema): readonly string[] =>
  schema.fields.filter(({ type }) => type.kind === 'double').map(({ name }) => name);

/** Encodes rows one behind the other into slabs, and hands out slices of them: no copy, few allocations. */
export function createEncoder(schema: RowSchema, type: Type, id: number): RowEncoder {
  const doubles = doublesOf(schema);
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let at = 0;

  return {
    encode(row) {
      for (const name of doubles) {
        const value = row[name];
        if (typeof value === 'number' && !Number.isFinite(value))
          throw new TypeError(`column ${name} is not a finite number: ${value}`);
      }
      try {
        if (slab.length - at < HEAD_BYTES) fresh(SLAB_BYTES);
        let end = type.encode(row, slab, at + HEAD_BYTES);
        if (end < 0) {
          // It did not fit, by this many bytes: a new slab, larger when the row alone is.
          fresh(Math.max(SLAB_BYTES, slab.length - at - end + HEAD_BYTES));
          end = type.encode(row, slab, at + HEAD_BYTES);
        }
        slab[at] = 0;
        slab.writeInt32BE(id, at + 1);
        const encoded = slab.subarray(at, end);
        at = end;
        return encoded;
      } catch (error) {
        throw new TypeError(messageOf(error), { cause: error });
      }
    },
  };

  function fresh(bytes: number): void {
    slab = Buffer.allocUnsafeSlow(bytes);
    at = 0;
  }
}
