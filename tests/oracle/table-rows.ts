import { type ChangeByKey, history, overwritten } from './changes-by-key.ts';
import type { Fields, Stream } from './stream.ts';

/** An index takes no key that is much longer. */
const LONGEST_KEY = 2_700;

/** Whether Postgres takes a row of these keys. */
export const isStorable = (key: string): boolean => Buffer.byteLength(key) <= LONGEST_KEY;

/** The rows of a table by key that these changes make. */
export function rowsOf({ storedAs, tracked }: Stream, changes: readonly ChangeByKey<Fields>[]): readonly Fields[] {
  const storable = changes.filter(({ key }) => isStorable(key));
  if (storedAs === 1) return overwritten(storable);
  return history(storable, (a, b) => tracked.every((name) => a[name] === b[name])).map(({ row, from, to }) => ({
    ...row,
    __START_AT: from,
    __END_AT: to,
  }));
}
