import assert from 'node:assert/strict';
import { it } from 'node:test';
import avsc from 'avsc';
import fc from 'fast-check';

const type = avsc.Type.forSchema('long');

/** Zigzag, then seven bits a byte, by exact arithmetic. */
function reference(n: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(n) << 1n) ^ (BigInt(n) >> 63n));
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const edges = [2 ** 30, 2 ** 31, 2 ** 52, 2 ** 53 - 1].flatMap((n) => [n - 1, n, -n + 1, -n, -n - 1]);

it('every safe integer is written as Avro says and read back, the negative ones below -2^52 too', () => {
  const check = (n: number): void => {
    assert.deepEqual(type.toBuffer(n), reference(n));
    assert.equal(type.fromBuffer(reference(n)), n);
  };
  for (const n of edges.filter(Number.isSafeInteger)) check(n);
  fc.assert(fc.property(fc.maxSafeInteger(), check), { numRuns: 2_000 });
});

it('a long that is no safe integer is refused, not rounded', () => {
  const bytes = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]); // 2^63 - 1
  assert.throws(() => type.fromBuffer(bytes));
  assert.throws(() => type.fromBuffer(reference(-(2 ** 53))));
  assert.throws(() => type.toBuffer(2 ** 53));
});
