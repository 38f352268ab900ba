import { type Instant, instant, silentLog } from '@medallion/core';
import { createTableStore } from '@medallion/postgres';
import { runLayer } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import { createGenerator, createPartitioner, lastChristmas, type Quality } from '@medallion/santa-generator';
import pg from 'pg';
import type { RawRecord } from '../../oracle/raw-delivery.ts';
import { MemoryEngine } from '../../support/memory-engine.ts';
import { RAW_TOPIC } from '../../support/raw-topic.ts';
import { until } from '../../support/until.ts';

/** Which events a night has. */
export type Night = {
  readonly seed: number;
  readonly events: number;
  readonly partitions: number;
  /** Events in a second of event time. */
  readonly ratePerSecond: number;
  readonly quality: Quality;
};

/** What was sent to each partition, and when (event time) the night began. */
export type Sent = { readonly records: readonly RawRecord[]; readonly start: Instant };

/** The events of a night, as they stand in the raw topic. */
export function eventsOf({ seed, events, partitions, ratePerSecond, quality }: Night): Sent {
  const start = lastChristmas(instant(Date.now()));
  const generator = createGenerator({ seed, events, quality, start, ratePerSecond: 100, speed: 100 / ratePerSecond });
  const partitionOf = createPartitioner(partitions);
  const next = Array.from({ length: partitions }, () => 0);
  const records = generator.nextBatch(events).map(({ key, value }): RawRecord => {
    const bytes = key === null ? null : Buffer.from(key);
    const partition = partitionOf(bytes);
    return { partition, offset: next[partition]!++, key: bytes, value };
  });
  return { records, start };
}

/**
 * Lets the engine, as the services run it, make the tables of these events in a database: only the log between the layers is in
 * memory.
 */
export async function keepNight(databaseUrl: string, { records }: Sent, partitions: number): Promise<void> {
  const store = createTableStore({ databaseUrl, log: silentLog });
  const engine = new MemoryEngine(santa, { [RAW_TOPIC]: partitions });
  try {
    const appender = await engine.log.appender();
    for (const [partition, those] of Map.groupBy(records, (record) => record.partition))
      await appender.append([
        { topic: RAW_TOPIC, partition, records: those.map(({ key, value }) => ({ key, value, headers: {} })) },
      ]);
    await appender.close();
    engine.start('bronze');
    engine.start('silver');
    engine.start('gold', { maxBatchBytes: 256 * 1_024 }, santa, (layer, parts) => runLayer(layer, { ...parts, store }));
    await until('all is in gold', () => isDrained(databaseUrl, records.length), { timeoutMs: 300_000, everyMs: 100 });
  } finally {
    await engine.stop();
    await store.close();
  }
}

/** Whether each record has left its trace in every table. */
async function isDrained(databaseUrl: string, events: number): Promise<true | null> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ table_name: string; seen: string; accepted: string }>(
      `SELECT table_name, sum(records) AS seen, coalesce(sum(records) FILTER (WHERE outcome = 'accepted'), 0) AS accepted
       FROM medallion.table_counts WHERE pipeline = $1 GROUP BY 1`,
      [santa.name],
    );
    const of = new Map(rows.map((row) => [row.table_name, row]));
    const [bronze, silver] = [of.get('bronze_santa_deliveries'), of.get('silver_santa_deliveries')];
    const views = santa.tables.filter((table) => table.kind === 'materialized_view');
    const drained =
      Number(bronze?.seen) === events &&
      silver?.seen === bronze?.accepted &&
      views.every(({ name }) => of.get(name)?.seen === silver?.accepted);
    return drained ? true : null;
  } catch {
    return null; // the control tables are not there yet
  } finally {
    await client.end();
  }
}
