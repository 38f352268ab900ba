import { createHash } from 'node:crypto';
import type { TablePlan } from './plan.ts';

/** Words for people, and settings that can change while the rows stay what they are. */
const NO_LOGIC: ReadonlySet<string> = new Set([
  'hash',
  'comment',
  'doc',
  'layer',
  'retentionMs',
  'tombstoneRetentionMs',
  'queryable',
  'storage',
  'governance',
]);

/**
 * The identity of a table's logic: SHA-256 of its plan as canonical JSON. Functions are opaque, so of a rule its text
 * counts, and `version` stands for the rest; the source of a measure's filter is left out, as its formatting may change.
 * Of an expression in SQL its meaning counts, not how it is written.
 */
export const hashOf = (plan: TablePlan): string => createHash('sha256').update(canonicalJson(plan)).digest('hex');

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (NO_LOGIC.has(key)) return undefined;
    if (typeof inner === 'function') return undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    if (key === 'where' && 'test' in inner) return 'filtered';
    if ('node' in inner && 'columns' in inner) return meaningOf(inner.node);
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A parsed expression without the places of its parts in the text. */
function meaningOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(meaningOf);
  if (typeof node !== 'object' || node === null) return node;
  const parts = Object.entries(node).filter(([key]) => key !== 'at');
  return Object.fromEntries(parts.map(([key, part]) => [key, meaningOf(part)]));
}
