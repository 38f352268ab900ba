import { isMedallionError } from '@medallion/core';
import { MASK, maskCredentials } from './mask.ts';

const SECRET_FIELD = /passw|passphrase|secret|token|credential|authorization|cookie|api[-_]?key|private[-_]?key/i;

// a log line is for reading: whatever is handed in, its size is bounded
const MAX_DEPTH = 5;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;

function text(value: string): string {
  const cut = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… (${value.length} characters)` : value;
  return maskCredentials(cut);
}

/** An error as a log line shows it; code, remedy and `retryable` only where it has them. */
function errorFields(error: Error, depth: number): Record<string, unknown> {
  const fields: Record<string, unknown> = { type: error.name, message: text(error.message) };
  if (isMedallionError(error)) Object.assign(fields, { remedy: text(error.remedy), retryable: error.retryable });
  if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number')) fields.code = error.code;
  if (error.stack !== undefined) fields.stack = text(error.stack);
  if (error.cause !== undefined) fields.cause = loggable(error.cause, depth + 1);
  return fields;
}

/**
 * A value as a log line may hold it: credentials masked in every text, secret fields masked by name, bytes only
 * counted, depth, items and length bounded (so cycles end too), and nothing that JSON cannot say.
 */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return errorFields(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => loggable(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `… (${value.length} items)`] : items;
  }
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([name, item]) => [
      name,
      SECRET_FIELD.test(name) && item !== undefined ? MASK : loggable(item, depth + 1),
    ]),
  );
}
