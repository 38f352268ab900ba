import type { RowSchema } from '@medallion/schema';
import type { Fields } from '../../oracle/stream.ts';

/** A zero byte and the number of the writer's schema. */
const HEAD_BYTES = 5;

/** A row of a topic as its writer wrote it, whose schema was this one: its values as JSON, behind what names the schema. */
export function writtenRow(value: Buffer | null, { fields }: RowSchema): Fields {
  const values = JSON.parse(String(value?.subarray(HEAD_BYTES))) as Fields[string][];
  return Object.fromEntries(fields.map(({ name }, i) => [name, values[i] ?? null]));
}
