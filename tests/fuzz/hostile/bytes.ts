import fc from 'fast-check';

/** A change to bytes. Places are fractions, so that it can be done to bytes of any length; it is a pure function of them. */
type Change =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | { readonly kind: 'splice'; readonly from: number; readonly to: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'truncate'; readonly at: number };

/** Bytes that mean something to somebody: ends of ranges, varints that never end, invalid UTF-8, marks of formats. */
const MEANT: readonly Uint8Array[] = [
  [0x00],
  [0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
  [0x1f, 0x8b, 0x08],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x0d, 0x0a],
  [0x22],
].map((bytes) => Uint8Array.from(bytes));

/** The length of a valid input's parts; cut to what there is. */
const MOST_LENGTH = 64;
/** No change makes an input longer than this. */
const MOST_BYTES = 256 * 1024;

const place = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.integer({ min: 1, max: MOST_LENGTH });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.oneof(fc.constantFrom(...MEANT), fc.uint8Array({ minLength: 1, maxLength: 12 })),
  }),
  fc.record({ kind: fc.constant('delete' as const), at: place, length }),
  fc.record({ kind: fc.constant('splice' as const), from: place, to: place, length }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, length, times: fc.constantFrom(1, 2, 7, 100, 2_000) }),
  fc.record({ kind: fc.constant('truncate' as const), at: place }),
);

function changed(bytes: Uint8Array, done: Change): Uint8Array {
  const spot = (fraction: number): number => Math.floor(fraction * bytes.length);
  const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts).subarray(0, MOST_BYTES);
  switch (done.kind) {
    case 'flip':
    case 'set': {
      if (bytes.length === 0) return bytes;
      const copy = Uint8Array.from(bytes);
      const at = Math.min(spot(done.at), bytes.length - 1);
      copy[at] = done.kind === 'set' ? done.byte : copy[at]! ^ (1 << done.bit);
      return copy;
    }
    case 'insert':
      return joined(bytes.subarray(0, spot(done.at)), done.bytes, bytes.subarray(spot(done.at)));
    case 'delete':
      return joined(bytes.subarray(0, spot(done.at)), bytes.subarray(spot(done.at) + done.length));
    case 'splice': {
      const part = bytes.subarray(spot(done.from), spot(done.from) + done.length);
      return joined(bytes.subarray(0, spot(done.to)), part, bytes.subarray(spot(done.to)));
    }
    case 'repeat': {
      const part = bytes.subarray(spot(done.at), spot(done.at) + done.length);
      return joined(
        bytes.subarray(0, spot(done.at)),
        ...new Array<Uint8Array>(done.times).fill(part),
        bytes.subarray(spot(done.at)),
      );
    }
    case 'truncate':
      return bytes.subarray(0, spot(done.at));
  }
}

/** Valid bytes after some changes, none among them. */
export const mutated = (valid: fc.Arbitrary<Uint8Array>, most = 5): fc.Arbitrary<Buffer> =>
  fc
    .tuple(valid, fc.array(change, { maxLength: most, size: 'max' }))
    .map(([bytes, changes]) => Buffer.from(changes.reduce(changed, bytes)));

/** Bytes that are nothing in particular. */
export const noise: fc.Arbitrary<Buffer> = fc
  .oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 80 }) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2_000, size: 'max' }) },
  )
  .map((bytes) => Buffer.from(bytes));
