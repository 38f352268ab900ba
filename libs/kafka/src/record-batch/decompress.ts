import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import type { Decompress } from './decode.ts';

const inflate = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

/** Undoes the compressions that Node itself has: gzip and zstd. The engine writes none; other producers may. */
export const decompress: Decompress = (kind, bytes) => {
  switch (kind) {
    case 1:
      return inflate(bytes);
    case 4:
      return unzstd(bytes);
    default:
      throw new Error(
        `records compressed with ${kind === 2 ? 'snappy' : 'lz4'}, which is not supported: use zstd or gzip`,
      );
  }
};
