import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, parquet, pipeline, streamingTable } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { testPipeline } from '@medallion/testkit';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { fileSourceOn } from '../../libs/files/src/file-source.ts';
import { Heartbeat } from '../fuzz/engine/heartbeat.ts';
import { MemoryStorage } from '../fuzz/entrances/memory-storage.ts';
import {
  CODECS,
  LYING_ROWS,
  type LyingColumn,
  type LyingPage,
  lyingParquet,
  TYPES,
  withFooter,
} from '../support/lying-parquet.ts';
import { varint, zigzag } from '../support/thrift.ts';

/**
 * A Parquet file says how much there is of everything. One that lies is refused as unreadable before it takes time or memory
 * without bound: the process lives, the flow goes on, and the files beside it are read. A lie that is believed loops, so a
 * watchdog ends this process then, and says which it was.
 */

const HANGS_MS = 60_000;
const MANY = 2 ** 31 - 1;

const page = (more: Partial<LyingPage>): LyingPage => ({ kind: 0, encoding: 0, payload: Buffer.alloc(80), ...more });
const column = (more: Partial<LyingColumn>): LyingColumn => ({
  ...{ name: 'event_id', type: TYPES.bytes, repetition: 0, codec: CODECS.none, pages: [page({})] },
  ...more,
});
const ofPage = (more: Partial<LyingPage>, about: Partial<LyingColumn> = {}): Buffer =>
  lyingParquet({ columns: [column({ type: TYPES.int, pages: [page(more)], ...about })] });
const dictionary = (payload: Buffer, values = 1): LyingPage => page({ kind: 2, payload, values });
/** Ten times the first value of a dictionary. */
const sameForAll = page({ encoding: 8, payload: Buffer.from([1, ...varint(LYING_ROWS * 2), 0]) });
const text = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const byRuns = (...run: readonly number[]): LyingColumn =>
  column({ pages: [dictionary(text(Buffer.from('a'))), page({ encoding: 8, payload: Buffer.from(run) })] });
const DELTAS = 5;
const PREFIXED = 7;
const SPREAD = 9;
/** Numbers of 32 bits, and four bytes that are a difference of nothing: what leads backwards comes to them again. */
const differences = (blockValues: number, miniblocks: number, widths: readonly number[]): Buffer =>
  Buffer.from([...varint(blockValues >>> 0), ...varint(miniblocks >>> 0), 10, 2, 0x80, 0x80, 0x80, 0, ...widths, 0, 0]);

/** What a file may say, and the refusal says; null where no value is lost by it, as in a run that says it goes on for ever. */
const LIES: Readonly<Record<string, readonly [file: Buffer, refusal: RegExp | null]>> = {
  'a page without a size': [ofPage({ kind: 2, without: 3 }), /page says it has undefined bytes/],
  'a page that ends before it begins': [ofPage({ packed: -40 }), /page says it has -40 bytes/],
  'a column of two billion values': [ofPage({}, { values: MANY }), /needs \d+ MB of memory/],
  'a page of more values than rows': [
    ofPage({ values: 11 }, { values: 11 }),
    /says it has 11 values, there are 10 left/,
  ],
  'nulls below zero': [ofPage({ kind: 3, nulls: -(2 ** 24) }), /counts that cannot be/],
  'a dictionary of two billion values': [ofPage({ kind: 2, values: MANY }), /dictionary says it has 2147483647 values/],
  'a value that is in no dictionary': [
    lyingParquet({ columns: [byRuns(1, ...varint(2 * LYING_ROWS), 1)] }),
    /dictionary has no value 1/,
  ],
  'places in a dictionary that is not there': [
    ofPage({ encoding: 8, payload: sameForAll.payload }),
    /without its dictionary/,
  ],
  'differences whose blocks lead backwards': [
    ofPage({ encoding: DELTAS, payload: differences(-128, 4, [2, 0, 0, 0]) }),
    /delta block of 4 miniblocks of -32 values/,
  ],
  'differences of long numbers whose blocks lead backwards': [
    ofPage({ encoding: DELTAS, payload: differences(-128, 4, [2, 0, 0, 0]) }, { type: TYPES.long }),
    /delta block of 4 miniblocks of -32 values/,
  ],
  'differences whose miniblocks are fewer than none': [
    ofPage({ encoding: DELTAS, payload: differences(128, -4, [0]) }),
    /delta block of -4 miniblocks of -32 values/,
  ],
  'a text that repeats more of the one before than there is': [
    ofPage(
      {
        encoding: PREFIXED,
        payload: Buffer.concat(
          [2 ** 30, 0].map((each) => Buffer.from([...varint(128), 4, 10, ...zigzag(0), ...zigzag(each), 0, 0, 0, 0])),
        ),
      },
      { type: TYPES.bytes },
    ),
    /delta prefix cannot be/,
  ],
  'bytes of no values, spread over two billion': [
    lyingParquet({
      columns: [
        column({
          ...{ type: TYPES.fixed, length: MANY },
          pages: new Array<LyingPage>(400).fill(page({ encoding: SPREAD, values: 0, payload: Buffer.alloc(0) })),
        }),
      ],
    }),
    /a column has 0 values of 10/,
  ],
  'a page that unpacks to two gigabytes': [
    ofPage({ unpacked: MANY, payload: Buffer.alloc(10) }, { codec: CODECS.gzip }),
    /unpacks to 2147483647 bytes, which is too much/,
  ],
  'a page that unpacks to more than it says': [
    ofPage({ unpacked: 40, payload: Buffer.alloc(60_000_000) }, { codec: CODECS.zstd }),
    /larger than 40 bytes/,
  ],
  'lists in lists of millions': [
    withFooter([], Buffer.from([0x19, ...new Array<number[]>(400).fill([0xf9, ...varint(2 ** 25 - 1)]).flat()])),
    /list says it has 33554431 elements/,
  ],
  'a number that never ends': [
    withFooter([], Buffer.from([0x16, ...new Array<number>(4_000_000).fill(0x80)])),
    /varint has no end|its footer has/,
  ],
  'one page of nulls in thousands of groups': [
    lyingParquet({
      columns: [
        column({
          ...{ repetition: 1, values: 5_000_000 },
          pages: [page({ values: 5_000_000, payload: Buffer.from([5, 0, 0, 0, ...varint(10_000_000), 0]) })],
        }),
      ],
      ...{ rows: 5_000_000, groups: 2_000 },
    }),
    /says that it has 10000000000 rows, too many/,
  ],
  'one column in several groups': [
    lyingParquet({ columns: [column({ pages: [page({ payload: Buffer.alloc(5_000) })] })], groups: 3 }),
    /columns say that they have/,
  ],
  'a decimal of a hundred thousand bytes': [
    lyingParquet({
      columns: [column({ converted: 5, pages: [dictionary(text(Buffer.alloc(100_000, 0x7f))), sameForAll] })],
    }),
    /a decimal has 100000 bytes/,
  ],
  'decimals of a hundred thousand bytes, in lists': [
    lyingParquet({
      columns: [
        column({ repetition: 2, converted: 5, pages: [dictionary(text(Buffer.alloc(100_000, 0x7f))), sameForAll] }),
      ],
    }),
    /decimal of 100000 bytes/,
  ],
  'two columns of one name': [
    lyingParquet({ columns: [1, 2].map(() => column({ pages: [page({ values: 11 })], values: 11 })) }),
    /says it has 11 values, there are 10 left/,
  ],
  'a text of ten megabytes in each row': [
    lyingParquet({
      columns: [column({ codec: CODECS.zstd, pages: [dictionary(text(Buffer.alloc(10_000_000, 97))), sameForAll] })],
    }),
    /a row is longer than/,
  ],
  'a run of two billion values': [lyingParquet({ columns: [byRuns(1, ...varint(2 ** 32 - 2), 0)] }), null],
  'a packed run of fewer values than none': [
    lyingParquet({
      columns: [
        column({
          pages: [
            dictionary(text(Buffer.from('a'))),
            page({ kind: 3, encoding: 8, payload: Buffer.from([0, ...varint(2 ** 29 + 1), 0]) }),
          ],
        }),
      ],
    }),
    null,
  ],
  'a schema that goes back': [
    lyingParquet({ columns: [{ ...byRuns(1, ...varint(2 * LYING_ROWS), 0), children: -1 }] }),
    null,
  ],
};

const neighbour = (i: number): Buffer =>
  Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'event_id', data: [`neighbour-${i}`], type: 'STRING' }] }));

test('a Parquet file that lies is refused by its name, with what is wrong, and its neighbours are in the table once', async () => {
  const heart = new Heartbeat(HANGS_MS);
  const storage = new MemoryStorage();
  const source = fileSourceOn(storage, { settleMs: 0 });
  const events = streamingTable('events').from(
    files('in', { pattern: '*', format: parquet(row('Raw', { event_id: string() })), key: 'event_id', partitions: 1 }),
  );
  const run = testPipeline(pipeline('p', { tables: [events] }), { files: source });
  const lies = Object.entries(LIES);
  try {
    for (const [i, [what, [lie]]] of lies.entries()) {
      heart.beat(what);
      storage.put(`in/${i}-a`, neighbour(i));
      storage.put(`in/${i}-b`, lie);
      await run.run();
    }
    heart.rest();
    const ids = (await run.rows(events)).map(({ event_id }) => String(event_id));
    assert.deepEqual(
      ids.filter((id) => id.startsWith('neighbour')),
      lies.map((_, i) => `neighbour-${i}`),
    );
    const refused = (await run.quarantine(events)).map((each) => JSON.stringify(each));
    for (const [i, [what, [, refusal]]] of lies.entries()) {
      const said = refused.filter((each) => each.includes(`in/${i}-b`));
      if (refusal === null) assert.deepEqual(said, [], what);
      else assert.match(said.join(), refusal, what);
    }
  } finally {
    await heart.stop();
  }
});
