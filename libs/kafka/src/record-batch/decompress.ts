import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { unlz4, unsnappy } from '@medallion/core';
import type { Decompress } from './decode.ts';

/**
 * A batch that becomes more is refused: a megabyte that was made for it becomes a thousand, and memory is shared with all
 * else. Producers fill batches by megabytes.
 */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;

type Bounded = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;
const inflate = promisify(gunzip) as Bounded;
const unzstd = promisify(zstdDecompress) as Bounded;

/** Undoes the compressions that Kafka knows, of batches that become at most `most` bytes; throws for others, and for what is none. */
export const decompressUpTo =
  (most: number): Decompress =>
  (kind, bytes) => {
    switch (kind) {
      case 1:
        return inflate(bytes, { maxOutputLength: most });
      case 2:
        return unsnappy(bytes, most);
      case 3:
        return unlz4(bytes, most);
      case 4:
        return unzstd(bytes, { maxOutputLength: most });
      default:
        throw new Error(`records compressed in a way that Kafka does not know: ${kind}`);
    }
  };

/** Undoes the compressions that Kafka knows. The engine writes none; other producers may. */
export const decompress: Decompress = decompressUpTo(MAX_UNPACKED_BYTES);
