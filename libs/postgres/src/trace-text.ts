import type { Instant } from '@medallion/core';
import { textElement } from './array-literal.ts';
import { watermarkText } from './sql-text.ts';

const REPLACEMENT = '\uFFFD';

/** Text that Postgres takes. A trace must never be refused itself, and its bytes are kept beside it. */
export const repairedText = (text: string): string => text.replaceAll('\0', REPLACEMENT).toWellFormed();

/** An escaped NUL or surrogate: jsonb refuses the one always and the other when it is alone. */
const SUSPICIOUS = /\\u(?:0000|[dD][89a-fA-F])/;

/** JSON text as an element that jsonb takes. */
export const jsonElement = (json: string): string => textElement(repairedJson(json));

/** JSON that jsonb takes; text that is no JSON becomes a JSON string. */
export function repairedJson(json: string): string {
  try {
    const value: unknown = SUSPICIOUS.test(json) ? repaired(JSON.parse(json)) : undefined;
    return value === undefined ? repairedText(json) : JSON.stringify(value);
  } catch {
    return JSON.stringify(repairedText(json));
  }
}

function repaired(value: unknown): unknown {
  if (typeof value === 'string') return repairedText(value);
  if (Array.isArray(value)) return value.map(repaired);
  if (typeof value !== 'object' || value === null) return value;
  // fromEntries defines properties; an assignment to `__proto__` would be lost.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [repairedText(key), repaired(inner)]));
}

/** A watermark as an element; NEVER is `-infinity`. */
export const watermarkElement = (at: Instant): string => `"${watermarkText(at)}"`;
