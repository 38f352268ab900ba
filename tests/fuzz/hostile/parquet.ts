import fc from 'fast-check';
import { CODECS, LYING_ROWS, lyingParquet, TYPES } from '../../support/lying-parquet.ts';
import { varint, zigzag } from '../../support/thrift.ts';
import { noise } from './bytes.ts';
import { MARKER } from './marker.ts';

/** Parquet files that are right but for a few numbers, which no writer writes: changed bytes seldom get as far as a page. */

/** Numbers at the ends of what something can be. */
const anyNumber = fc.oneof(
  fc.constantFrom(-1, 0, 1, 2, 7, 8, 100, -(2 ** 31), 2 ** 31 - 1, 33_554_431, 5_000_001, 2 ** 53),
  fc.integer({ min: -300, max: 300 }),
);
/** Something in a few of all cases. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const lied = seldom(anyNumber);

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes >>> 0);
  return length;
};
/** Runs of one value and packed ones, of counts that may be any. */
const runs = fc
  .array(fc.tuple(fc.oneof(fc.integer({ min: 0, max: 2 * LYING_ROWS + 1 }), anyNumber), fc.nat(255)), { maxLength: 4 })
  .map((all) => Buffer.from(all.flatMap(([head, value]) => [...varint(head), value])));
/** Blocks of differences, of sizes that may be any. */
const deltas = fc
  .tuple(
    fc.oneof(fc.constant(128), anyNumber),
    fc.oneof(fc.constant(4), anyNumber),
    anyNumber,
    fc.array(fc.oneof(fc.nat(8), anyNumber)),
  )
  .map(([block, minis, count, rest]) =>
    Buffer.from([...varint(block), ...varint(minis), ...varint(count), ...rest.flatMap(zigzag)]),
  );
const texts = fc
  .array(fc.tuple(lied, fc.string({ maxLength: 8 })), { maxLength: LYING_ROWS })
  .map((all) =>
    Buffer.concat(all.flatMap(([says, text]) => [lengthOf(says ?? Buffer.byteLength(text)), Buffer.from(text)])),
  );
const levels = fc.tuple(lied, runs).map(([says, bytes]) => Buffer.concat([lengthOf(says ?? bytes.length), bytes]));
const width = fc.constantFrom(0, 1, 2, 8, 31, 32, 33, 64, 255).map((bits) => Buffer.from([bits]));
const payload = fc
  .array(fc.oneof(runs, deltas, texts, levels, width, noise, fc.constant(Buffer.alloc(8 * LYING_ROWS))), {
    maxLength: 4,
  })
  .map((parts) => Buffer.concat(parts));

const page = fc.record({
  kind: fc.constantFrom(0, 0, 0, 0, 0, 0, 2, 2, 3, 3, 3, 1),
  encoding: fc.constantFrom(0, 0, 2, 3, 5, 6, 7, 8, 9),
  payload,
  ...{ values: lied, packed: lied, unpacked: lied, nulls: lied, rows: lied, levels: lied },
  without: seldom(fc.nat(8)),
});
const column = fc.record({
  name: fc.constantFrom('event_id', 'n', 'big', '__proto__', MARKER, 'geo'),
  type: fc.constantFrom(...Object.values(TYPES)),
  repetition: fc.constantFrom(0, 1, 1, 2),
  converted: fc.constantFrom(undefined, undefined, 0, 5, 9, 19),
  codec: fc.constantFrom(CODECS.none, ...Object.values(CODECS)),
  ...{ values: lied, bytes: lied, offset: lied, length: lied, scale: lied, children: lied },
  pages: fc.array(page, { minLength: 1, maxLength: 3 }),
});

/** A file of a few columns whose pages and footer lie in places. */
export const lyingFiles: fc.Arbitrary<Buffer> = fc
  .record({
    columns: fc.array(column, { minLength: 1, maxLength: 3 }),
    ...{ rows: lied, schemaSays: lied, footerLength: lied },
    groups: seldom(fc.constantFrom(2, 40)),
    geo: seldom(
      fc.constantFrom('{"columns":{"geo":{"encoding":"WKB"}}}', '{"columns":[]}', '[', '{"columns":{"__proto__":{}}}'),
    ),
  })
  .map(lyingParquet);
