import { isUtf8 } from 'node:buffer';
import type { FileRow } from '../ports/index.ts';

/**
 * A row of a file as text: JSON as it stands in the file; of other formats a JSON object of which a cast makes the row
 * that it made of the values. A bigint has all its digits, a Date is its ISO-8601 text, bytes are text where they are
 * UTF-8, and otherwise `{"base64": …}`, which is the value of no column.
 */
export const rowText = ({ text, value }: Extract<FileRow, { readonly value: unknown }>): string =>
  text ?? JSON.stringify(value, plain);

/** Values that JSON has no form for. Buffers have been asked for theirs already, so they are looked up. */
function plain(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return rawJson(value.toString());
  const found = this[name];
  if (!(found instanceof Uint8Array)) return value;
  const bytes = Buffer.from(found.buffer, found.byteOffset, found.byteLength);
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') };
}

/** JSON's own raw text, which TypeScript's library does not know yet. */
export const rawJson = (text: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
