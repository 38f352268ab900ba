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
