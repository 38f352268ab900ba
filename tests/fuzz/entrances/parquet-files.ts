import { parquet } from '@medallion/pipeline';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { entrance } from '../engine/fuzz.ts';
import { mutated, noise } from '../hostile/bytes.ts';
import { MARKER } from '../hostile/marker.ts';
import { lyingFiles } from '../hostile/parquet.ts';
import { RawEvent } from './events.ts';
import { type Dropped, readsAmongNeighbours } from './file-world.ts';

type Written = Parameters<typeof parquetWriteBuffer>[0];

const written = (columnData: Written['columnData'], more: Partial<Written> = {}): Buffer =>
  Buffer.from(parquetWriteBuffer({ columnData, ...more }));

const ids = ['e1', 'e2', MARKER];
const WHOLE: readonly Buffer[] = [
  written([
    { name: 'event_id', data: ids, type: 'STRING' },
    { name: 'n', data: [1, 2, 3], type: 'INT32' },
    { name: 'big', data: [1n, 2n ** 62n, -1n], type: 'INT64' },
    { name: 'x', data: [0.5, -1e308, Number.NaN], type: 'DOUBLE' },
    { name: 'ok', data: [true, false, true], type: 'BOOLEAN' },
    { name: '__proto__', data: ids, type: 'STRING' },
  ]),
  written([{ name: 'event_id', data: Array.from({ length: 500 }, (_, i) => `e${i % 7}`), type: 'STRING' }], {
    rowGroupSize: 100,
  }),
  written([{ name: 'seen', data: [new Date(0), new Date(1e15), new Date(-1e13)], type: 'TIMESTAMP' }]),
  written([{ name: 'items', data: [[{ sku: 'a' }], [], [{ sku: 'b' }]], type: 'JSON' }]),
  written(
    [
      { name: 'event_id', data: ids, type: 'STRING' },
      { name: 'n', data: [null, 1, null], type: 'INT32' },
    ],
    { codec: 'UNCOMPRESSED' },
  ),
];

/** Changes of the end alone, where all that is believed stands: schema, counts, places, lengths. */
const TAIL_BYTES = 260;
const ofTail = fc.constantFrom(...WHOLE).chain((whole) => {
  const from = Math.max(0, whole.length - TAIL_BYTES);
  return mutated(fc.constant(whole.subarray(from)), 3).map((tail) => Buffer.concat([whole.subarray(0, from), tail]));
});
/** Of the same length, so that the place of the footer is still found. */
const flipped = fc
  .tuple(fc.constantFrom(...WHOLE), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }))
  .map(([whole, sets]) => {
    const copy = Buffer.from(whole);
    for (const [back, byte] of sets) if (back < copy.length - 8) copy[copy.length - 9 - back] = byte;
    return copy;
  });

const dropped: fc.Arbitrary<Dropped> = fc
  .oneof(
    { weight: 2, arbitrary: mutated(fc.constantFrom(...WHOLE)) },
    { weight: 3, arbitrary: ofTail },
    { weight: 6, arbitrary: flipped },
    { weight: 6, arbitrary: lyingFiles },
    { weight: 1, arbitrary: noise },
  )
  .map((bytes) => ({ bytes, gzipped: false }));

const neighbourFile = (i: number): Buffer => written([{ name: 'event_id', data: [`neighbour-${i}`], type: 'STRING' }]);

export const parquetFiles = entrance({
  name: 'files-parquet',
  about: 'files of Parquet',
  cases: dropped,
  together: 128,
  judge: (batch, journal) => readsAmongNeighbours(parquet(RawEvent), batch, neighbourFile, journal),
});
