import type { RowEncoder } from '@medallion/runtime';
import type { RowSchema } from '@medallion/schema';
import { flatWriter } from './flat-writer.ts';

const SLAB_BYTES = 65_536;
const HEAD_BYTES = 5;

/** Encodes rows one behind the other into slabs, and hands out slices of them: no copy, few allocations. */
export function createEncoder(schema: RowSchema, id: number): RowEncoder {
  const writer = flatWriter(schema);
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let at = 0;

  return {
    encode(row) {
      let end = slab.length - at < HEAD_BYTES ? -1 : writer.write(row, slab, at + HEAD_BYTES);
      for (let bytes = SLAB_BYTES; end < 0; bytes *= 4) {
        slab = Buffer.allocUnsafeSlow(bytes);
        at = 0;
        end = writer.write(row, slab, HEAD_BYTES);
      }
      slab[at] = 0;
      slab.writeInt32BE(id, at + 1);
      const encoded = slab.subarray(at, end);
      at = end;
      return encoded;
    },
  };
}
