import type { ErasedFromTable } from '@medallion/runtime';

/**
 * What was done, with what was found before: the gold layer may have read the deletions of a changelog first, and then its
 * own commit has done that part.
 */
export function withFound(
  done: readonly ErasedFromTable[],
  found: readonly ErasedFromTable[],
): readonly ErasedFromTable[] {
  const all = new Map(found.map((each) => [keyOf(each), each]));
  for (const each of done) {
    const rows = Math.max(each.rows, all.get(keyOf(each))?.rows ?? 0);
    all.set(keyOf(each), { ...each, rows });
  }
  return [...all.values()];
}

const keyOf = ({ table, kind, action, note }: ErasedFromTable): string => JSON.stringify([table, kind, action, note]);
