import type { Value } from '@medallion/schema';
import type { KeyedChange, LogRecord } from '../ports/index.ts';
import { CHANGELOG } from '../protocol/changelog.ts';
import type { ChangesInput } from './gold-input.ts';

/** What a record of a changelog says, or why it cannot be read. */
export function changeOf(
  { table, decoder }: ChangesInput,
  record: LogRecord,
): KeyedChange | { readonly undecodable: string } {
  const key = keyOf(record.key);
  const columns = table.keys.length + (table.storedAs === 2 ? 1 : 0);
  if (key?.length !== columns) return { undecodable: `its key is no JSON array of ${columns}` };
  if (record.value === null) return { key, row: null };
  const decoded = decoder.decode(record.value);
  if (!('row' in decoded)) return decoded;
  return { key, row: decoded.row[CHANGELOG.absorbed] === true ? null : decoded.row };
}

function keyOf(bytes: Buffer | null): readonly Value[] | null {
  if (bytes === null) return null;
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'));
    return Array.isArray(parsed) ? (parsed as Value[]) : null;
  } catch {
    return null;
  }
}
