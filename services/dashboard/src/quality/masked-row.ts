import type { Shown } from './known-tables.ts';

/** What stands for a value that is not shown. */
export const MASK = '***';

/**
 * The row with what may be shown of it. With `open`, values of other columns are masked (none stays none), what nobody has
 * declared is left out with its name, and of nested values nothing is known. A key `__proto__` stays a key like others.
 * Null where there is no row but another JSON value.
 */
export function maskedRow(row: unknown, shown: Pick<Shown, 'open' | 'hidden'> | 'all'): Record<string, unknown> | null {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null;
  if (shown === 'all') return row as Record<string, unknown>;
  const { open, hidden } = shown;
  // fromEntries defines properties: an assignment to `__proto__` would be lost.
  return Object.fromEntries(
    Object.entries(row)
      .filter(([column]) => open.has(column) || hidden.has(column))
      .map(([column, value]) => [column, value === null || (open.has(column) && isScalar(value)) ? value : MASK]),
  );
}

const isScalar = (value: unknown): boolean => typeof value !== 'object';
