import { silentLog } from '@medallion/core';
import { createTableStore, type MigrateMode } from '@medallion/postgres';
import { runLayer } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import type { RawRecord } from '../oracle/raw-delivery.ts';
import { MemoryEngine } from './memory-engine.ts';
import { RAW_TOPIC } from './raw-topic.ts';
import { until } from './until.ts';

/** The flagship's flows in this process, with the log in memory and the tables in a real Postgres. */
export class GoldNight {
  readonly engine: MemoryEngine;

  constructor(partitions: number) {
    this.engine = new MemoryEngine(santa, { [RAW_TOPIC]: partitions });
  }

  /** Appends events to the raw topic. */
  async send(records: readonly RawRecord[]): Promise<void> {
    const appender = await this.engine.log.appender();
    for (const [partition, those] of Map.groupBy(records, (record) => record.partition))
      await appender.append([
        { topic: RAW_TOPIC, partition, records: those.map(({ key, value }) => ({ key, value, headers: {} })) },
      ]);
    await appender.close();
  }

  /** Starts bronze and silver. */
  startFlows(): void {
    this.engine.start('bronze');
    this.engine.start('silver');
  }

  /** Starts the gold layer on a database; the end of it stops it. */
  startGold(databaseUrl: string, migrate: MigrateMode): () => Promise<void> {
    const store = createTableStore({ databaseUrl, log: silentLog, migrate });
    const running = this.engine.start('gold', { maxBatchBytes: 16 * 1_024 }, santa, (layer, parts) =>
      runLayer(layer, { ...parts, store }),
    );
    return async () => {
      await running.stop();
      await store.close();
    };
  }
}

/** Waits until every view has seen each row that silver accepted of so many events. */
export const drained = (
  query: <R extends object>(sql: string) => Promise<readonly R[]>,
  events: number,
): Promise<true> =>
  until(
    `${events} events are in gold`,
    async () => {
      const rows = await query<{ table_name: string; seen: string; accepted: string }>(
        `SELECT table_name, sum(records) AS seen, coalesce(sum(records) FILTER (WHERE outcome = 'accepted'), 0) AS accepted
         FROM medallion.table_counts WHERE pipeline = '${santa.name}' GROUP BY 1`,
      ).catch(() => []);
      const of = new Map(rows.map((row) => [row.table_name, row]));
      const [bronze, silver] = [of.get('bronze_santa_deliveries'), of.get('silver_santa_deliveries')];
      const views = santa.tables.filter((table) => table.kind === 'materialized_view');
      return Number(bronze?.seen) === events &&
        silver?.seen === bronze?.accepted &&
        views.every(({ name }) => of.get(name)?.seen === silver?.accepted)
        ? true
        : null;
    },
    { timeoutMs: 300_000, everyMs: 100 },
  );
