import { createHash } from 'node:crypto';
import type { TablePlan } from './plan.ts';

// Words for people, and settings that can change while the rows stay what they are.
const NO_LOGIC: ReadonlySet<string> = new Set(['hash', 'comment', 'doc', 'retentionMs', 'queryable']);

/**
 * The identity of a table's logic: SHA-256 of its plan as canonical JSON. Functions are opaque, so of a rule its text
 * counts, and `version` stands for the rest; the source of a measure's filter is left out, as its formatting may change.
 */
export const hashOf = (plan: TablePlan): string => createHash('sha256').update(canonicalJson(plan)).digest('hex');

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (NO_LOGIC.has(key)) return undefined;
    if (typeof inner === 'function') return undefined;
    if (key === 'where' && inner !== null) return 'filtered';
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
    return inner;
  });
}
