/**
 * Decimals as the doubles nearest to them. With at most 15 digits no two share one, and a sum or product computed with
 * doubles is nearer to the right decimal than to any other, so that rounding to its scale finds it.
 */

const POWERS = Array.from({ length: 31 }, (_, n) => Number(`1e${n}`));

/** 10 to the power of a small whole number. */
export const powerOf10 = (n: number): number => POWERS[n] ?? 10 ** n;

/** The double nearest to the decimal of `scale` digits after the point that `value` is a rounding error away from. */
export const toScale = (value: number, scale: number): number =>
  Math.round(value * powerOf10(scale)) / powerOf10(scale) + 0;

/** A decimal of `from` digits after the point rounded to `to` of them, halves away from zero, as Postgres rounds numeric. */
export function roundDecimal(value: number, from: number, to: number): number {
  if (to >= from) return value;
  const units = Math.round(Math.abs(value) * powerOf10(from));
  const step = powerOf10(from - to);
  const half = units + step / 2;
  const rounded = (half - (half % step)) / step;
  return (Math.sign(value) * rounded) / powerOf10(to) + 0;
}

/** The 15 significant digits by which Postgres turns a double into a numeric: value = digits × 10^exponent. */
function digits15(value: number): { readonly digits: number; readonly exponent: number } {
  const [mantissa, exponent] = value.toExponential(14).split('e') as [string, string];
  let digits = Number(mantissa.replace('.', ''));
  // C rounds an exact half to the even digit, JavaScript up.
  if (digits % 2 === 1 && isExactHalf(value, digits)) digits -= 1;
  return { digits, exponent: Number(exponent) - 14 };
}

function isExactHalf(value: number, rounded: number): boolean {
  const [mantissa] = value.toExponential(100).split('e') as [string];
  const exact = mantissa.replace('.', '');
  return /^50*$/.test(exact.slice(15)) && Number(exact.slice(0, 15)) === rounded - 1;
}

/** A double rounded to `scale` digits after the point: by its first 15 digits, halves away from zero. */
export function roundDouble(value: number, scale: number): number {
  if (value === 0) return 0;
  const { digits, exponent } = digits15(Math.abs(value));
  const cut = -scale - exponent;
  if (cut <= 0) return Math.sign(value) * Number(`${digits}e${exponent}`);
  if (cut > 15) return 0;
  const step = powerOf10(cut);
  const half = digits + step / 2;
  const rounded = (half - (half % step)) / step;
  return Math.sign(value) * Number(`${rounded}e${-scale}`) + 0;
}

/** To the nearest whole number, halves to the even one, as IEEE 754 and Postgres round a double. */
export function roundEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : rounded;
}

/** The shortest digits that are this double, in the form in which Postgres writes them. */
export function doubleText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const sign = value < 0 ? '-' : '';
  const [mantissa, exponentText] = Math.abs(value).toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  const digits = mantissa.replace('.', '');
  if (exponent < -4 || exponent >= 15) {
    const magnitude = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${magnitude}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}
