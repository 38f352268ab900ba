import { invalid } from '../business/problems.ts';

/** The key of the last row of a page, in the order of its columns. */
export type Key = readonly (string | number)[];

/** The key as the text that asks for the next page. */
export const cursorOf = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/**
 * Reads a cursor of these types back.
 *
 * @throws MED_REQUEST_INVALID when the text is none that this API gave.
 */
export function keyOf(cursor: string | undefined, types: readonly ('text' | 'number' | 'instant')[]): Key | null {
  if (cursor === undefined) return null;
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw noCursor();
  }
  if (!Array.isArray(key) || key.length !== types.length) throw noCursor();
  if (!key.every((value, i) => fits(value, types[i]!))) throw noCursor();
  return key as Key;
}

const noCursor = () => invalid('the cursor is none that an answer has named as its nextCursor');

function fits(value: unknown, type: 'text' | 'number' | 'instant'): boolean {
  if (type === 'number') return Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof value !== 'string') return false;
  if (type === 'text') return !value.includes('\0') && value.isWellFormed();
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) && !Number.isNaN(Date.parse(value));
}
