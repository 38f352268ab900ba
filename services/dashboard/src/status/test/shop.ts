import { setTimeout as sleep } from 'node:timers/promises';
import { minutes, noMetrics, seconds, silentLog, systemClock } from '@medallion/core';
import { createKafkaLog, createRegistryCodecs } from '@medallion/kafka';
import {
  isoInstant,
  json,
  type Layer,
  materializedView,
  type PipelinePlan,
  pipeline,
  positive,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { createTableStore } from '@medallion/postgres';
import { noProgress, type RecordLog, runLayer } from '@medallion/runtime';
import { int, row, string } from '@medallion/schema';

const RawSale = row('RawSale', { sale_id: string(), account: string(), at: string(), amount: int() });

/** A small pipeline with tables of most kinds over a topic of sales. */
export function shopPlan(name: string, raw: string): PipelinePlan {
  const bronze = streamingTable('bronze').from(topic(raw, { format: json(RawSale), key: 'account' }));
  const silver = streamingTable('silver')
    .from(bronze)
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .expectOrQuarantine('amount_counts', 'amount', positive)
    .eventTime('at', { watermarkDelay: seconds(30) });
  const perMinute = materializedView('per_minute')
    .from(silver)
    .windowedBy(tumbling(minutes(1)))
    .aggregate((a) => ({ sales: a.count(), amount: a.sum('amount') }));
  const accounts = streamingTable('accounts')
    .from(silver)
    .applyChanges({ keys: ['account'], sequenceBy: 'at', storedAs: 1 });
  const totals = materializedView('totals')
    .from(accounts)
    .groupBy('account')
    .aggregate((a) => ({ sales: a.count() }));
  return pipeline(name, { tables: [bronze, silver, perMinute, accounts, totals] });
}

export type Stack = {
  readonly kafkaBrokers: readonly string[];
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
};

/** Runs one layer with clients of its own, as a service does, until `stop`. */
export function startLayer(layer: Layer, plan: PipelinePlan, stack: Stack): { stop(): Promise<void> } {
  const log = createKafkaLog({ brokers: stack.kafkaBrokers, clientId: `${layer}-test`, log: silentLog });
  const store = layer === 'gold' ? createTableStore({ databaseUrl: stack.databaseUrl, log: silentLog }) : undefined;
  const running = runLayer(layer, {
    plan,
    log,
    codecs: createRegistryCodecs({ url: stack.schemaRegistryUrl }),
    ...(store === undefined ? {} : { store }),
    owner: `${layer}@test`,
    clock: systemClock,
    logger: silentLog,
    metrics: noMetrics,
    progress: () => noProgress,
    report: () => {},
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    settings: {
      fetchWaitMs: 25,
      maxBatchBytes: 524_288,
      sessionTimeoutMs: 10_000,
      tickMs: 250,
      checkpointEveryMs: seconds(1),
      idleTimeoutMs: minutes(60),
    },
  });
  return {
    async stop() {
      await running.stop();
      await Promise.all([log.close(), store?.close()]);
    },
  };
}

/** Appends sales to both partitions of the raw topic; every fourth has no amount that counts. */
export async function sell(log: RecordLog, raw: string, count: number): Promise<void> {
  const appender = await log.appender();
  const at = new Date().toISOString();
  const records = Array.from({ length: count }, (_, i) => ({
    partition: i % 2,
    key: Buffer.from(`a${i % 2}`),
    value: Buffer.from(
      JSON.stringify({ sale_id: `${at}-${i}`, account: `a${i % 2}`, at, amount: i % 4 === 3 ? 0 : 5 }),
    ),
    headers: {},
  }));
  await appender.append(
    [0, 1].map((partition) => ({
      topic: raw,
      partition,
      records: records.filter((each) => each.partition === partition),
    })),
  );
  await appender.close();
}
