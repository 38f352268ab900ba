import type { Delta } from '@medallion/runtime';
import type { Value } from '@medallion/schema';

/** A total order of the values of one column: null first, numbers by size, text by its code units. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

/** The order in which the rows of a view are locked: by window, then by group. */
export function byKey(a: Delta, b: Delta): number {
  if (a.windowStart !== b.windowStart) return a.windowStart - b.windowStart;
  for (let i = 0; i < a.group.length; i++) {
    const order = compareValues(a.group[i]!, b.group[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
