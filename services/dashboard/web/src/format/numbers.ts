/** What stands where there is no value. */
export const NONE = '–';

type Maybe = number | null | undefined;

const formats = new Map<string, Intl.NumberFormat>();

/** The same format object for the same options: to make one costs more than to use it a hundred times. */
const formatOf = (options: Intl.NumberFormatOptions): Intl.NumberFormat => {
  const key = JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat('en', options);
    formats.set(key, format);
  }
  return format;
};

const known = (value: Maybe): value is number => value !== null && value !== undefined && Number.isFinite(value);

/** A count with thousands apart: `1,234,567`. */
export const count = (value: Maybe): string =>
  known(value) ? formatOf({ maximumFractionDigits: 0 }).format(value) : NONE;

/** A count where there is little room: `1.2M`, below ten thousand as it is. */
export const compact = (value: Maybe): string => {
  if (!known(value)) return NONE;
  if (Math.abs(value) < 10_000) return formatOf({ maximumFractionDigits: 1 }).format(value);
  return formatOf({ notation: 'compact', maximumFractionDigits: 1 }).format(value);
};

/** A number with as many decimals: `12.50`. */
export const decimal = (value: Maybe, digits = 1): string =>
  known(value) ? formatOf({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value) : NONE;

/** A fraction of 1 as `87.5 %`; the space does not break. */
export const percent = (fraction: Maybe, digits = 1): string =>
  known(fraction) ? `${decimal(fraction * 100, digits)}\u00a0%` : NONE;

/** Records in a second: `12.4/s`. */
export const perSecond = (value: Maybe): string => (known(value) ? `${compact(value)}/s` : NONE);

/** A number of unknown size for a table: integers whole, others with up to four significant decimals. */
export const plain = (value: Maybe): string => {
  if (!known(value)) return NONE;
  if (Number.isInteger(value)) return count(value);
  return formatOf({ maximumSignificantDigits: Math.abs(value) >= 1_000 ? 7 : 4 }).format(value);
};
