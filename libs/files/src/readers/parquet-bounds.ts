import { getHeapStatistics } from 'node:v8';
import type { FileMetaData, RowGroup } from 'hyparquet';
import { FileFault } from './pieces.ts';

/**
 * A Parquet file says how much there is of everything, and a few bytes can say any number. What it says is believed as far as
 * there are bytes for it in the file and room for it in this process; where neither is, it is refused before it is decoded.
 * What stands in the pages is checked while they are decoded: by the codecs (`parquet-codecs.ts`) and the patched library.
 */

/** A few bytes can say that a column has any number of equal values; writers make groups of a million rows at most. */
const MAX_GROUP_ROWS = 5_000_000;
/** Of a file: as much as of a text that gzip has packed to its size. */
const ROWS_PER_BYTE = 1_000;
/** The library looks at each column for each, so more than any table has would take for ever. */
const MAX_COLUMNS = 10_000;
/** What a value takes while its group is decoded: a place in a list, twice while it grows, and its level. */
const VALUE_BYTES = 28;
/** Of the heap that this process may have, for the values and bytes of a group. */
const GROUP_SHARE = 0.75;
/** A byte of a footer can become an object of some 200. */
const FOOTER_SHARE = 1 / 400;
/** This much is read anyway. */
const MIN_FOOTER_BYTES = 512 * 1024;

const heapBytes = getHeapStatistics().heap_size_limit;

/** The most that is read of a file at once for its footer. */
export const MAX_FOOTER_BYTES = Math.max(MIN_FOOTER_BYTES, Math.floor(heapBytes * FOOTER_SHARE));

/** Fails when a file of so many bytes cannot hold what its footer says. @throws FileFault */
export function checkFile({ schema, row_groups }: FileMetaData, sizeBytes: number): void {
  if (schema.length > MAX_COLUMNS) throw new FileFault(`it has ${schema.length} columns, the most is ${MAX_COLUMNS}`);
  let rows = 0;
  let packed = 0;
  for (const group of row_groups) {
    rows += countOf(group.num_rows, 'rows');
    for (const { meta_data } of group.columns) packed += countOf(meta_data?.total_compressed_size, 'bytes');
  }
  if (packed > sizeBytes) throw new FileFault(`its columns say that they have ${packed} bytes, it has ${sizeBytes}`);
  const most = MAX_GROUP_ROWS + ROWS_PER_BYTE * sizeBytes;
  if (rows > most) throw new FileFault(`it says that it has ${rows} rows, too many for ${sizeBytes} bytes`);
}

/**
 * How many bytes the pages of a row group may be unpacked to, with the room that its values take set aside.
 *
 * @throws FileFault when there is no room for the values
 */
export function roomFor(group: RowGroup): number {
  const rows = countOf(group.num_rows, 'rows');
  if (rows > MAX_GROUP_ROWS)
    throw new FileFault(`a row group says that it has ${rows} rows, the most is ${MAX_GROUP_ROWS}`);
  let needed = 0;
  for (const { meta_data } of group.columns) {
    // A value that is nested has a list for each level.
    const levels = meta_data?.path_in_schema.length ?? 1;
    needed += countOf(meta_data?.num_values, 'values') * VALUE_BYTES * levels;
    needed += countOf(meta_data?.total_compressed_size, 'bytes');
  }
  const room = Math.floor(heapBytes * GROUP_SHARE) - needed;
  if (room < 0)
    throw new FileFault(
      `a row group of ${rows} rows needs ${megabytes(needed)} MB of memory, there are ${megabytes(room + needed)}: ` +
        'give the service more, or have smaller groups written',
    );
  return room;
}

function countOf(said: number | bigint | undefined, what: string): number {
  const count = Number(said);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new FileFault(`it says that it has ${String(said)} ${what}`);
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);
