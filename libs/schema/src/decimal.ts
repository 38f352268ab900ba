import type { FieldType } from './field.ts';

/** The digits and the place of the point of a decimal column. */
export type DecimalType = Pick<Extract<FieldType, { kind: 'decimal' }>, 'precision' | 'scale'>;

const POWERS: readonly number[] = Array.from({ length: 16 }, (_, n) => Number(`1e${n}`));

/** 10 to a power from 0 to 15. */
export const powerOfTen = (n: number): number => POWERS[n]!;

/**
 * A decimal as a whole number of its smallest unit (12.5 at scale 2 is 1250), or null for what is no value of the type:
 * with more digits behind the point than `scale`, or more than `precision` in all.
 *
 * Exact: the product is off by less than a half, as it is below 2^50, and the division below is rounded once, to the
 * double that is nearest to the decimal.
 */
export function decimalUnits(value: unknown, { precision, scale }: DecimalType): number | null {
  if (typeof value !== 'number') return null;
  const unit = POWERS[scale]!;
  const units = Math.round(value * unit);
  return units / unit === value && Math.abs(units) < POWERS[precision]! ? units : null;
}

/** How far a calculation leads away: in units of the last digit, and where these are finer than doubles, in the number. */
const SLACK = { units: 1e-6, relative: 2 ** -50 };

/**
 * The decimal that a calculated number stands for: 0.3 for 3 × 0.1, which is 0.30000000000000004. Null where the nearest
 * decimal is more than a millionth of its last digit away: 1 / 3 is no decimal, and whoever wants one has to round.
 *
 * @example decimalNear(quantity * price, { precision: 10, scale: 2 })
 */
export function decimalNear(value: number, type: DecimalType): number | null {
  const scaled = value * POWERS[type.scale]!;
  const units = Math.round(scaled);
  if (!(Math.abs(units - scaled) <= Math.max(SLACK.units, Math.abs(scaled) * SLACK.relative))) return null;
  return Math.abs(units) < POWERS[type.precision]! ? decimalOfUnits(units, type) + 0 : null;
}

/** The value of a whole number of smallest units. */
export const decimalOfUnits = (units: number, { scale }: Pick<DecimalType, 'scale'>): number => units / POWERS[scale]!;

/** `12.50` in digits, with as many behind the point as the type has. `units` as `decimalUnits` gives them. */
export function unitsText(units: number, scale: number): string {
  const digits = String(Math.abs(units)).padStart(scale + 1, '0');
  const sign = units < 0 ? '-' : '';
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A JSON number: sign, digits, fraction, exponent. */
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * The value of a number in decimal digits, such as `-12.50` or `1.25e1`; null when it is no number, or not exactly a
 * value of the type. Zeros at either end count for nothing.
 */
export function parseDecimal(text: string, type: DecimalType): number | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  // The number is 0.digits × 10^point.
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return 0;
  const point = digits.length - fraction.length + Number(exponent);
  const behind = significant.length - point;
  if (behind > type.scale || point > type.precision - type.scale) return null;
  const units = Number(significant) * powerOfTen(type.scale - behind);
  return decimalOfUnits(sign === '-' ? -units : units, type);
}
