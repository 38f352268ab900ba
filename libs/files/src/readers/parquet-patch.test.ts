import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeVariantColumn } from 'hyparquet/src/variant.js';

/** What patches/hyparquet@1.31.5.patch makes of variants; its other parts are in tests/integrity/files-parquet-lies.test.ts. */

const NO_NAMES = Uint8Array.of(1, 0, 0);
const NULL = [0];
/** An array whose two elements are the bytes behind it, both of them. */
const twice = (inner: readonly number[]): number[] => [0x03, 2, 0, 0, inner.length, ...inner];
const value = (bytes: readonly number[]) => ({ metadata: NO_NAMES, value: Uint8Array.from(bytes) });

describe('a variant', () => {
  it('whose parts have bytes of their own is read', () => {
    const list = [0x03, 2, 0, 1, 2, ...NULL, 0x04];
    assert.deepEqual(decodeVariantColumn([value(list)]), [[null, true]]);
  });

  it('whose parts are the same bytes again and again is refused, before it has more of them than bytes', () => {
    const nested = Array.from({ length: 60 }).reduce<number[]>(twice, NULL);
    assert.throws(() => decodeVariantColumn([value(nested)]), /more in it than bytes/);
  });

  it('whose texts are the same bytes again and again is refused', () => {
    const texts = new Array<number>(40).fill(0);
    const long = (63 << 2) | 1;
    assert.throws(
      () => decodeVariantColumn([value([0x03, 40, ...texts, 64, long, ...new Array<number>(63).fill(97)])]),
      /more in it than bytes/,
    );
  });

  it('that says it has millions of elements or names is refused before there is room for them', () => {
    const million = [0xff, 0xff, 0xff, 0x01];
    assert.throws(() => decodeVariantColumn([value([0x13, ...million])]), /more in it than bytes/);
    assert.throws(() => decodeVariantColumn([value([0x42, ...million])]), /more in it than bytes/);
    const names = { metadata: Uint8Array.of(0xc1, ...million), value: Uint8Array.from(NULL) };
    assert.throws(() => decodeVariantColumn([names]), /more in it than bytes/);
  });

  it('with a name that is nowhere, or the same bytes as another, is refused', () => {
    for (const offsets of [
      [0, 9],
      [3, 1],
    ])
      assert.throws(
        () =>
          decodeVariantColumn([
            { metadata: Uint8Array.of(1, 1, ...offsets, 97, 98, 99), value: Uint8Array.from(NULL) },
          ]),
        /name is nowhere/,
      );
  });

  it('that is in every row is read until a gigabyte of it was', () => {
    const megabyte = new Uint8Array(2 ** 20);
    // Bytes, none of them.
    megabyte.set([15 << 2, 0, 0, 0, 0]);
    const rows = new Array<object>(1_025).fill({ metadata: NO_NAMES, value: megabyte });
    assert.equal((decodeVariantColumn(rows.slice(1)) as unknown[]).length, 1_024);
    assert.throws(() => decodeVariantColumn(rows), /more than 1073741824 bytes/);
  });
});
