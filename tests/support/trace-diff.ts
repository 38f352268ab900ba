import { BRONZE, type Expected, placeOf } from '../oracle/santa-oracle.ts';
import type { AvroRows } from './avro-rows.ts';
import { diffTables } from './diff.ts';
import { type GoldDatabase, PIPELINE } from './gold-snapshot.ts';
import type { LogAudit } from './log-audit.ts';
import { RAW_TOPIC } from './raw-topic.ts';
import type { ReadRecord } from './topic-reader.ts';
import { BRONZE_TOPIC, SILVER_TOPIC } from './topology.ts';

type StoredQuarantine = {
  readonly table_name: string;
  readonly outcome: string;
  readonly reason: string;
  readonly violations: readonly { readonly expectation: string; readonly action: string }[];
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
};

const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;

/** By `partition:offset`, the records of a topic. */
const byPlace = (records: readonly ReadRecord[]): ReadonlyMap<string, ReadRecord> =>
  new Map(records.map((record) => [placeOf(record), record]));

/**
 * Compares `medallion.quarantine` with the oracle's: outcome, rules, where the refused record is, its key, bytes and
 * headers. A record that silver refused is one of the bronze topic: the first that was made of the raw record.
 */
export async function diffQuarantine(
  database: GoldDatabase,
  expected: Expected,
  topics: ReadonlyMap<string, readonly ReadRecord[]>,
  logs: LogAudit,
  avro: AvroRows,
): Promise<readonly string[]> {
  const stored = await database.query<StoredQuarantine>(
    `SELECT table_name, outcome, reason, violations, topic, partition, "offset", key, value, headers
     FROM medallion.quarantine WHERE pipeline = $1`,
    [PIPELINE],
  );
  const raw = byPlace(topics.get(RAW_TOPIC)!);
  const bronze = byPlace(topics.get(BRONZE_TOPIC)!);
  const problems: string[] = [];
  const wanted: Record<string, unknown>[] = [];
  for (const { table, outcome, rules, partition, offset, key } of expected.quarantine) {
    const inBronze = logs.bronzeOffset.get(placeOf({ partition, offset }));
    const record =
      table === BRONZE ? raw.get(`${partition}:${offset}`) : bronze.get(`${partition}:${inBronze ?? 'none'}`);
    if (table !== BRONZE && record?.value) {
      const row = await avro.decode(record.value);
      if (row.source_partition !== partition || row.source_offset !== offset)
        problems.push(`${BRONZE_TOPIC}[${partition}] offset ${record.offset}: its row is not of raw offset ${offset}`);
    }
    wanted.push({
      table,
      outcome,
      rules,
      topic: table === BRONZE ? RAW_TOPIC : BRONZE_TOPIC,
      partition,
      offset: record?.offset,
      key: hex(key),
      value: hex(record?.value ?? null),
      headers: table === BRONZE ? { n: String(record?.n) } : { src: record?.src },
    });
  }
  const found = stored.map(({ table_name, violations, key, value, reason, ...rest }) => {
    if (reason === '')
      problems.push(`quarantine: ${rest.topic}[${rest.partition}] offset ${rest.offset} has no reason`);
    return {
      table: table_name,
      rules: violations.map(({ expectation }) => expectation),
      ...rest,
      key: hex(key),
      value: hex(value),
    };
  });
  return [
    ...problems.slice(0, 10),
    ...diffTables('quarantine', wanted, found, ['table', 'topic', 'partition', 'offset']),
  ];
}

/** Compares `medallion.late_records` with the oracle's late rows. */
export async function diffLate(
  database: GoldDatabase,
  expected: Expected,
  silver: readonly ReadRecord[],
  logs: LogAudit,
): Promise<readonly string[]> {
  const stored = await database.query<Record<string, unknown> & { key: Buffer | null; value: Buffer | null }>(
    `SELECT view_name, topic, partition, "offset", event_time, window_start, window_end, watermark, lateness_ms, key, value
     FROM medallion.late_records WHERE pipeline = $1`,
    [PIPELINE],
  );
  const records = byPlace(silver);
  const wanted = expected.late.map((late) => {
    const { partition } = late.place;
    const record = records.get(`${partition}:${logs.silverOffset.get(placeOf(late.place)) ?? 'none'}`);
    return {
      view_name: late.view,
      topic: SILVER_TOPIC,
      partition,
      offset: record?.offset,
      event_time: late.eventTime,
      window_start: late.windowStart,
      window_end: late.windowEnd,
      watermark: late.watermark,
      lateness_ms: late.watermark - late.eventTime,
      key: hex(record?.key ?? null),
      value: hex(record?.value ?? null),
    };
  });
  const found = stored.map((row) => ({ ...row, key: hex(row.key), value: hex(row.value) }));
  return diffTables('late_records', wanted, found, ['view_name', 'partition', 'offset', 'window_start']);
}
