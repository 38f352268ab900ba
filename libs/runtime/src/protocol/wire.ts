/** What a record or a checkpoint may hold where it is read back: others can write there, too. */

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws RangeError that names the part, unless it is absent or as it should be. */
export function optional(part: string, value: unknown, fits: (value: unknown) => boolean): void {
  if (value !== undefined) required(part, value, fits);
}

/** Throws RangeError that names the part, unless it is as it should be. */
export function required(part: string, value: unknown, fits: (value: unknown) => boolean): void {
  if (!fits(value)) throw new RangeError(`its part ${part} is none`);
}

/** Counts by rule of a threshold; a window that never began has no start in JSON. */
export const isThresholds = (value: unknown): boolean =>
  isObject(value) &&
  Object.values(value).every(
    (each) =>
      Array.isArray(each) &&
      each.length === 3 &&
      (each[0] === null || Number.isFinite(each[0])) &&
      isCount(each[1]) &&
      isCount(each[2]),
  );

/** Parses JSON. The parser's own message would quote it, and end in a log line. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError('it is no JSON');
  }
}
