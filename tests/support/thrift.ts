/** Thrift's compact protocol, as far as Parquet uses it, written without any care for what the values mean. */

/** A field with its number and value; what is undefined is left out. */
export type Fields = readonly (readonly [id: number, value: ThriftValue | undefined])[];
export type ThriftValue =
  | { readonly int: number }
  | { readonly long: bigint }
  | { readonly text: string }
  | { readonly bool: boolean }
  | { readonly struct: Fields }
  | { readonly list: readonly ThriftValue[] /** What it says instead of how many it has. */; readonly says?: number };

const TRUE = 1;
const FALSE = 2;
const INT = 5;
const LONG = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;
const MASK = (1n << 64n) - 1n;

/** A number in groups of seven bits, the lowest first; below zero as 64 bits. */
export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value) & MASK;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

/** Such a number with its sign in the lowest bit. */
export const zigzag = (value: number | bigint): number[] => {
  const long = BigInt(value);
  return varint(long < 0n ? -long * 2n - 1n : long * 2n);
};

function typeOf(value: ThriftValue): number {
  if ('int' in value) return INT;
  if ('long' in value) return LONG;
  if ('text' in value) return BINARY;
  if ('bool' in value) return value.bool ? TRUE : FALSE;
  return 'list' in value ? LIST : STRUCT;
}

function bytesOf(value: ThriftValue): number[] {
  if ('int' in value) return zigzag(value.int);
  if ('long' in value) return zigzag(value.long);
  if ('text' in value) return [...varint(Buffer.byteLength(value.text)), ...Buffer.from(value.text)];
  if ('bool' in value) return [];
  if ('struct' in value) return struct(value.struct);
  const { list, says = list.length } = value;
  const type = list[0] === undefined ? STRUCT : typeOf(list[0]);
  return [0xf0 | type, ...varint(says), ...list.flatMap(bytesOf)];
}

/** The bytes of a struct. */
export const struct = (fields: Fields): number[] => [
  ...fields.flatMap(([id, value]) => (value === undefined ? [] : [typeOf(value), ...zigzag(id), ...bytesOf(value)])),
  0,
];
