import { unitsText } from '@medallion/schema';
import avsc, { type Schema, type Type } from 'avsc';
import type { Attributes } from './logical-types.ts';

const DAY_MS = 86_400_000;
/** Units of a decimal that a double tells apart. */
const MOST = 10n ** 15n;

/** A logical type that is only read. */
abstract class Meaning extends avsc.types.LogicalType {
  override _toValue(value: unknown): unknown {
    // avsc asks for null, the default of a column that may be missing.
    return value === null ? undefined : value;
  }
  override _resolve(_type: Type): undefined {}
}

/** A decimal in bytes, as a number where it has at most 15 digits, and as text where it has more. */
class DecimalMeaning extends Meaning {
  readonly #scale: number;

  constructor(schema: Schema, options?: object) {
    super(schema, options as never);
    const { precision, scale = 0 } = schema as unknown as Attributes;
    // As Avro says: a logical type that is none is the type below it.
    if (!(Number.isInteger(precision) && Number.isInteger(scale) && scale >= 0 && scale <= (precision ?? 0)))
      throw new Error('not a decimal');
    this.#scale = scale;
  }

  override _fromValue(bytes: Buffer): number | string {
    if (bytes.length === 0) throw new Error('a decimal has no bytes');
    const units = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
    const text = bigText(units, this.#scale);
    return units < MOST && units > -MOST ? Number(text) : text;
  }
}

function bigText(units: bigint, scale: number): string {
  if (scale <= 15 && units < MOST && units > -MOST) return unitsText(Number(units), scale);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : '.'}${digits.slice(point)}`;
}

/** A number of units since the epoch as a Date; what is beyond Date's range stays the number. */
const since = (msOf: (value: number) => number) =>
  class extends Meaning {
    override _fromValue(value: unknown): unknown {
      const at = new Date(msOf(Number(value)));
      return Number.isNaN(at.getTime()) ? value : at;
    }
  };

/** The logical types of what others write, as values with their meaning; others are the type below them. */
export const meaningTypes = {
  decimal: DecimalMeaning,
  date: since((days) => days * DAY_MS),
  'timestamp-millis': since((ms) => ms),
  // Fractions beyond milliseconds are cut off, as those of texts are.
  'timestamp-micros': since((us) => Math.floor(us / 1000)),
};

const isSafe = (n: bigint): boolean => n >= BigInt(Number.MIN_SAFE_INTEGER) && n <= BigInt(Number.MAX_SAFE_INTEGER);

/** A long of all 64 bits: a number where that is exact, else a bigint. */
export const wideLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const n = bytes.readBigInt64LE();
    return isSafe(n) ? Number(n) : n;
  },
  toBuffer: (n: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(n));
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (n: unknown) => typeof n === 'bigint' || Number.isSafeInteger(n),
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
});
