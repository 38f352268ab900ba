import { invalid } from '../problems.ts';
import { type Kind, parameterOf } from '../values.ts';

/** Where a page ended: the values of its last row in the columns of the order, and how many rows with these were shown. */
export type Cursor = {
  readonly values: readonly (string | null)[];
  readonly shown: number;
};

/** As `Cursor` of the contract has it. */
const MAX_LENGTH = 12_000;
const MAX_SHOWN = 10_000_000;

/** A cursor as text. `of` names what it is a place in: the table and its order. @throws MED_REQUEST_INVALID */
export function writeCursor(of: string, { values, shown }: Cursor): string {
  const text = Buffer.from(JSON.stringify([of, shown, ...values])).toString('base64url');
  if (text.length > MAX_LENGTH) throw invalid('the keys of these rows are too long to be paged');
  return text;
}

/**
 * The place that a cursor means: one that was made for the same table and order, with a value of its type for each column. What
 * else comes is somebody's own.
 *
 * @throws MED_REQUEST_INVALID
 */
export function readCursor(text: string, of: string, kinds: readonly { readonly kind: Kind }[]): Cursor {
  const parts = parsed(text);
  const [place, shown, ...values] = parts;
  if (place !== of) throw invalid('the cursor is one of another table, order or address');
  if (
    !Number.isInteger(shown) ||
    (shown as number) < 0 ||
    (shown as number) > MAX_SHOWN ||
    values.length !== kinds.length
  )
    throw invalid('the cursor is none');
  return {
    shown: shown as number,
    values: values.map((value, i) => {
      if (value === null) return null;
      if (typeof value !== 'string') throw invalid('the cursor is none');
      return parameterOf(value, kinds[i]!.kind, 'a value of the cursor', MAX_LENGTH);
    }),
  };
}

function parsed(text: string): readonly unknown[] {
  if (text.length > MAX_LENGTH || !/^[\w-]+$/.test(text)) throw invalid('the cursor is none');
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw invalid('the cursor is none');
}
