import { isUtf8 } from 'node:buffer';
import type { RowSchema } from '@medallion/schema';
import type { FileRow } from '../ports/index.ts';

/**
 * A row of a file as text: JSON as it stands in the file; of other formats a JSON object of which a cast makes the row
 * that it made of the values, `rowValues` first. A bigint has all its digits, a Date is its ISO-8601 text, bytes are text where they are
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

/** The values that `rowText` was made of, as far as a cast to these columns looks at them: whole numbers and days. */
export const rowValues = (text: string, declared: RowSchema): Readonly<Record<string, unknown>> =>
  withDays(JSON.parse(text, wholeNumbers as never) as Readonly<Record<string, unknown>>, declared);

/** A number with more digits than a double has is the bigint that it was. */
const wholeNumbers = (_name: string, value: unknown, { source }: { readonly source?: string } = {}): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

/** A reader of values gives a day as the Date of its midnight, whose text is that of an instant. */
const withDays = (row: Readonly<Record<string, unknown>>, { fields }: RowSchema): Readonly<Record<string, unknown>> => {
  const found = { ...row };
  for (const { name, type } of fields) {
    const value = found[name];
    if (type.kind === 'date' && typeof value === 'string' && value.length > 10) found[name] = new Date(value);
    if (type.kind === 'list' && Array.isArray(value))
      found[name] = value.map((each: unknown) =>
        typeof each === 'object' && each !== null ? withDays(each as Readonly<Record<string, unknown>>, type.of) : each,
      );
  }
  return found;
};
