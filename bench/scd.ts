import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { milliseconds, noMetrics, silentLog, systemClock } from '@medallion/core';
import { createRegistryCodecs } from '@medallion/kafka';
import {
  type FlowPlan,
  type KeyedTablePlan,
  type PipelinePlan,
  type StreamingTablePlan,
  VALIDITY,
} from '@medallion/pipeline';
import {
  formatCoordinate,
  type LogRecord,
  noProgress,
  type RowCodecs,
  type RowEncoder,
  runLayer,
} from '@medallion/runtime';
import { type AnyRow, boolean, fieldsOf, long, nullable, string, timestamp } from '@medallion/schema';
import { numbers } from './support/numbers.ts';
import { OnePartitionLog } from './support/one-partition-log.ts';
import { round, table } from './support/statistics.ts';
import { stubRegistry } from './support/stub-registry.ts';

/** Changes a second, and µs of CPU a change with all threads of the process: on a busy machine only this counts. */
export type Pace = { readonly perSecond: number; readonly cpuUs: number };

/** A keyed table of one type with many keys: its flow alone, from encoded changes to encoded changelog records. */
export type ScdResult = {
  readonly storedAs: 1 | 2;
  readonly keys: number;
  /** While each change makes a new key, while each changes a random key, and when a tenth comes late. */
  readonly inserts: Pace;
  readonly updates: Pace;
  readonly late: Pace;
  /** Memory of the state in bytes a key: after the inserts, and after as many updates. */
  readonly bytesPerKey: number;
  readonly bytesPerKeyAfterUpdates: number;
  /** Seconds to read the changelog of the inserts and rebuild the state, with the log in memory. */
  readonly restoreSeconds: number;
};

const CUSTOMER = fieldsOf({
  customer_id: string(),
  seq: long(),
  gone: nullable(boolean()),
  name: nullable(string()),
  email: nullable(string()),
  city: nullable(string()),
  segment: nullable(string()),
  changed_at: timestamp(),
});
const STORAGE = { clusterBy: [], fillfactor: null, autovacuum: {}, cleanup: 'delete' } as const;
const COMMON = { comment: null, storage: STORAGE, governance: { tags: {}, personal: [] }, version: 1, hash: '' };
const flow = (name: string, source: FlowPlan['source']): FlowPlan => ({
  name,
  source,
  views: [],
  steps: [],
  once: false,
});

const changes: StreamingTablePlan = {
  kind: 'streaming_table',
  name: 'changes',
  layer: 'bronze',
  topic: 'scd.changes',
  quarantineTopic: 'scd.changes.quarantine',
  flows: [
    flow('changes', {
      kind: 'topic',
      topic: 'raw',
      format: 'json',
      key: 'customer_id',
      declared: { name: 'Raw', fields: CUSTOMER },
    }),
  ],
  key: 'customer_id',
  schema: { name: 'changes', fields: CUSTOMER },
  eventTime: null,
  queryable: null,
  retentionMs: milliseconds(86_400_000),
  ...COMMON,
};

const keyedTable = (storedAs: 1 | 2): KeyedTablePlan => ({
  kind: 'keyed_table',
  name: 'customers',
  layer: 'silver',
  changelogTopic: 'scd.customers.changelog',
  quarantineTopic: 'scd.customers.quarantine',
  flow: flow('customers', { kind: 'table', table: 'changes' }),
  keys: ['customer_id'],
  sequenceBy: 'seq',
  deletes: { text: 'gone', test: (row: AnyRow) => row.gone === true },
  storedAs,
  tracked: storedAs === 1 ? [] : ['name', 'email', 'city', 'segment'],
  tombstoneRetentionMs: milliseconds(86_400_000),
  schema: {
    name: 'customers',
    fields: [
      ...CUSTOMER.filter(({ name }) => name !== 'gone'),
      ...(storedAs === 1 ? [] : fieldsOf({ [VALIDITY.from]: long(), [VALIDITY.to]: nullable(long()) })),
    ],
  },
  ...COMMON,
});

const BATCH = 1_000;
/** Sequences of updates begin here. */
const LATER = 10_000_000;

/** Measures one type. */
export async function scd(storedAs: 1 | 2, keys: number): Promise<ScdResult> {
  const registry = await stubRegistry();
  const codecs = createRegistryCodecs({ url: registry.url });
  const encoder = await codecs.encoder(changes.topic, changes.schema);
  const tables = [changes, keyedTable(storedAs)];
  const plan: PipelinePlan = { name: 'scd', schemaName: 'scd', mode: 'continuous', development: false, tables };
  const random = numbers(7);
  const anyKey = (): number => Math.floor(random() * keys);

  const driven = new OnePartitionLog();
  await started(plan, driven, codecs);
  const feed = new Feed(driven, encoder);
  const before = memory();
  const inserts = await feed.run(keys, (i) => [i, i]);
  const inserted = memory();
  const updates = await feed.run(keys, (i) => [anyKey(), LATER + i]);
  const updated = memory();
  const late = await feed.run(keys / 10, (i) => [
    anyKey(),
    random() < 0.1 ? Math.floor(random() * LATER) : 2 * LATER + i,
  ]);

  // Another log, that is kept, for another instance to read.
  const kept = new OnePartitionLog();
  kept.keep = true;
  await started(plan, kept, codecs);
  await new Feed(kept, encoder).run(keys, (i) => [i, i]);
  const restoring = performance.now();
  await started(plan, kept, codecs);
  const restoreSeconds = (performance.now() - restoring) / 1_000;
  await registry.close();
  return {
    storedAs,
    keys,
    inserts,
    updates,
    late,
    bytesPerKey: round((inserted - before) / keys, 0),
    bytesPerKeyAfterUpdates: round((updated - before) / keys, 0),
    restoreSeconds: round(restoreSeconds, 2),
  };
}

/** Starts the flow, in place of the one before it, and resolves when its partition is open. */
async function started(plan: PipelinePlan, driven: OnePartitionLog, codecs: RowCodecs): Promise<void> {
  driven.handler = null;
  runLayer('silver', {
    ...{ plan, log: driven.log, codecs, owner: 'bench', clock: systemClock, logger: silentLog, metrics: noMetrics },
    progress: () => noProgress,
    report: (_, condition) => {
      if (!condition.ok && condition.code !== 'MED_FLOW_STARTING') console.error(condition.message);
    },
    sleep: async () => {},
    settings: {
      ...{ fetchWaitMs: 0, maxBatchBytes: 1_000_000, sessionTimeoutMs: 10_000, tickMs: 1_000 },
      ...{ checkpointEveryMs: 1_000, idleTimeoutMs: milliseconds(60_000) },
    },
  });
  while (driven.handler === null) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Makes changes and has the flow process them. */
class Feed {
  readonly #driven: OnePartitionLog;
  readonly #encoder: RowEncoder;
  #offset = 0;

  constructor(driven: OnePartitionLog, encoder: RowEncoder) {
    this.#driven = driven;
    this.#encoder = encoder;
  }

  /** The pace at which the flow processes changes; making them is not counted. */
  async run(count: number, change: (i: number) => readonly [key: number, sequence: number]): Promise<Pace> {
    let spentMs = 0;
    let cpuUs = 0;
    for (let done = 0; done < count; done += BATCH) {
      const records = Array.from({ length: Math.min(BATCH, count - done) }, (_, i) =>
        this.#record(...change(done + i)),
      );
      const began = performance.now();
      const cpu = process.cpuUsage();
      await this.#driven.process({ topic: changes.topic, partition: 0, records, highWatermark: this.#offset });
      const { user, system } = process.cpuUsage(cpu);
      spentMs += performance.now() - began;
      cpuUs += user + system;
    }
    return { perSecond: round(count / (spentMs / 1_000), 0), cpuUs: round(cpuUs / count, 2) };
  }

  #record(key: number, seq: number): LogRecord {
    const customer_id = `customer-${String(key).padStart(9, '0')}`;
    const value = this.#encoder.encode({
      ...{ customer_id, seq, gone: false, name: `Name of ${key}`, email: `${key}@example.org` },
      ...{ city: `City ${seq % 1_000}`, segment: seq % 3 === 0 ? 'retail' : 'wholesale', changed_at: seq },
    });
    const offset = this.#offset++;
    const headers = { src: Buffer.from(formatCoordinate('changes', 0, offset, 0)) };
    return { offset, key: Buffer.from(customer_id), value, headers, timestampMs: 0 };
  }
}

/** Bytes in use, on the heap and beside it. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The results as text. */
export const scdTable = (results: readonly ScdResult[]): string =>
  table([
    ['', 'keys', 'inserts/s', 'updates/s', '10 % late/s', 'bytes/key', 'after updates', 'restored in s'],
    ...results.map((result) => [
      `type ${result.storedAs}`,
      result.keys,
      ...[result.inserts, result.updates, result.late].map(({ perSecond, cpuUs }) => `${perSecond} (${cpuUs} µs)`),
      result.bytesPerKey,
      result.bytesPerKeyAfterUpdates,
      result.restoreSeconds,
    ]),
  ]);
