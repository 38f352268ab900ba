/** By which column rows are shown, and in which direction. */
export type Sort = { readonly key: string; readonly down: boolean };

/** What a click on a column's head makes of the order: numbers begin with the greatest, words with A. */
export function nextSort(sort: Sort | null, key: string, numeric: boolean): Sort | null {
  if (sort === null || sort.key !== key) return { key, down: numeric };
  if (sort.down === numeric) return { key, down: !numeric };
  return null;
}

/** Rows in order; equal ones stay as they were, and what has no value comes last in both directions. */
export function sorted<R>(
  rows: readonly R[],
  down: boolean,
  value: (row: R) => unknown,
  compare: (a: unknown, b: unknown) => number,
): readonly R[] {
  const missing = (row: R): boolean => value(row) === null || value(row) === undefined;
  return [...rows].sort((a, b) => {
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    const order = compare(value(a), value(b));
    return down ? -order : order;
  });
}
