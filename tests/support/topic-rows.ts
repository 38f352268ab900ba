import type { StreamingTablePlan } from '@medallion/pipeline';
import type { FieldType, RowSchema } from '@medallion/schema';
import type { AvroRows } from './avro-rows.ts';
import type { TopicReader } from './topic-reader.ts';

/** A row as Postgres can take it from JSON: instants and days as text, decimals as digits. */
export type JsonRow = Readonly<Record<string, unknown>>;

/**
 * The rows of a streaming table, each once: of those written twice, by their coordinates, the first. What somebody wrote
 * after another had begun a later term does not count.
 */
export async function topicRows(
  reader: TopicReader,
  avro: AvroRows,
  { topic, schema }: StreamingTablePlan,
): Promise<readonly JsonRow[]> {
  const greatest = new Map<string, readonly [offset: number, index: number]>();
  const terms = new Map<string, number>();
  const rows: JsonRow[] = [];
  for (const { partition, src, value, term, fence } of (await reader.all([topic])).get(topic) ?? []) {
    const [flow, source, offset, index] = (src ?? '').split(':');
    const place = [Number(offset), Number(index)] as const;
    const key = `${partition} ${flow} ${source}`;
    if (term < (terms.get(key) ?? 0)) continue;
    terms.set(key, term);
    if (fence) continue;
    const before = greatest.get(key);
    if (before && (place[0] < before[0] || (place[0] === before[0] && place[1] <= before[1]))) continue;
    greatest.set(key, place);
    if (value !== null) rows.push(plain(schema, await avro.decode(value)));
  }
  return rows;
}

const plain = (schema: RowSchema, row: JsonRow): JsonRow =>
  Object.fromEntries(schema.fields.map(({ name, type }) => [name, plainValue(type, row[name] ?? null)]));

function plainValue(type: FieldType, value: unknown): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'timestamp':
      return new Date(Number(value)).toISOString();
    case 'date':
      return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
    case 'decimal':
      return decimalText(value as Buffer, type.scale);
    case 'list':
      return (value as readonly JsonRow[]).map((element) => plain(type.of, element));
    default:
      return value;
  }
}

/** Avro's decimal: an unscaled big-endian two's complement. */
function decimalText(bytes: Buffer, scale: number): string {
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex') || '0'}`));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const cut = digits.length - scale;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, cut)}${scale > 0 ? `.${digits.slice(cut)}` : ''}`;
}
