import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, DurationMs, Log, Metrics } from '@medallion/core';
import type { Layer, PipelinePlan, StreamingTablePlan } from '@medallion/pipeline';
import { GoldFlow } from './gold/gold-flow.ts';
import { goldInputs, streamingTables } from './gold/gold-input.ts';
import { groupOf } from './gold/idleness.ts';
import type { RecordLog, RoundHandler, RowCodecs, SubscribeOptions, Subscription, TableStore } from './ports/index.ts';
import type { Progress } from './progress.ts';
import { jsonReader, rowReader } from './streaming/record-reader.ts';
import { StreamingFlow } from './streaming/streaming-flow.ts';
import { type Condition, type RunningFlow, supervise } from './supervise.ts';
import { ensurePipelineTopics, topicOf } from './topics.ts';

/** How a layer runs; every bound of it in one place. */
export type LayerSettings = {
  /** The longest wait for more records in a fetch, in milliseconds: latency against requests. */
  readonly fetchWaitMs: number;
  /** Bytes of one partition in one round. */
  readonly maxBatchBytes: number;
  readonly sessionTimeoutMs: number;
  readonly tickMs: number;
  readonly checkpointEveryMs: number;
  /** How long a partition must be silent to no longer hold back a watermark. */
  readonly idleTimeoutMs: DurationMs;
};

/** What a layer runs on. */
export type LayerParts = {
  readonly plan: PipelinePlan;
  readonly log: RecordLog;
  readonly codecs: RowCodecs;
  /** For the gold layer. */
  readonly store?: TableStore;
  /** Names this instance. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Log;
  readonly metrics: Metrics;
  /** One per flow. */
  readonly progress: (flow: string) => Progress;
  readonly report: (flow: string, condition: Condition) => void;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly settings: LayerSettings;
};

/** Runs one layer of a pipeline until it is stopped: each streaming table as a flow of its own, all gold tables as one. */
export function runLayer(layer: Layer, parts: LayerParts): RunningFlow {
  const flows =
    layer === 'gold'
      ? [flow('gold', () => startGold(parts), parts)]
      : streamingTables(parts.plan)
          .filter((table) => table.layer === layer)
          .map((table) => flow(table.name, () => startTable(table, parts), parts));
  return {
    done: Promise.all(flows.map((each) => each.done)).then(() => {}),
    stop: async () => void (await Promise.all(flows.map((each) => each.stop()))),
  };
}

function flow(
  name: string,
  start: () => Promise<RunningFlow>,
  { plan, logger, metrics, progress, report, sleep }: LayerParts,
): RunningFlow {
  const joining = {
    code: 'MED_FLOW_STARTING',
    message: `${name} has not joined its group yet`,
    remedy: 'nothing to do',
  };
  report(name, { ok: false, ...joining });
  return supervise(start, {
    name,
    logger,
    report: (condition) => {
      // A flow that waits to be started again is not stuck.
      if (!condition.ok) progress(name).idle();
      report(name, condition);
    },
    restarted: () => metrics.flow({ pipeline: plan.name, table: name }).restarted(),
    sleep,
  });
}

/** source → decode → steps → encode → log; see StreamingFlow. */
async function startTable(table: StreamingTablePlan, parts: LayerParts): Promise<RunningFlow> {
  const { plan, log, codecs, clock, logger, metrics, progress, settings } = parts;
  await ensurePipelineTopics(plan, log);
  const source =
    table.source.kind === 'table' ? streamingTables(plan).find((each) => each.name === sourceName(table)) : undefined;
  const reader =
    table.source.kind === 'topic'
      ? jsonReader(table.source)
      : rowReader(
          await codecs.decoder(
            source!.topic,
            source!.schema,
            table.schema.fields.map(({ name }) => name),
          ),
        );
  const encoder = await codecs.encoder(table.topic, table.schema);
  const ownRows = await codecs.decoder(table.topic, table.schema);
  const appender = await log.appender();
  const group = groupOf(plan, table.name);
  const handler = new StreamingFlow(table, {
    reader,
    encoder,
    ownRows,
    log,
    appender,
    group,
    clock,
    logger,
    metrics: metrics.flow({ pipeline: plan.name, table: table.name }),
    progress: progress(table.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  const input = table.source.kind === 'topic' ? table.source.topic : topicOf(plan, table.source.table);
  return running(log, subscribeTo(group, [input], settings), handler, () => appender.close());
}

const sourceName = (table: StreamingTablePlan): string => (table.source.kind === 'table' ? table.source.table : '');

/** log → decode → windows → Postgres; see GoldFlow. */
async function startGold(parts: LayerParts): Promise<RunningFlow> {
  const { plan, log, codecs, store, owner, clock, logger, metrics, progress, settings } = parts;
  if (store === undefined) throw new Error('invariant violated: the gold layer needs a table store');
  await ensurePipelineTopics(plan, log);
  await store.migrate(plan);
  const inputs = await goldInputs(plan, codecs);
  const handler = new GoldFlow(plan, {
    log,
    store,
    inputs,
    owner,
    clock,
    logger,
    metrics: (table) => metrics.flow({ pipeline: plan.name, table }),
    progress: progress('gold'),
    idleTimeoutMs: settings.idleTimeoutMs,
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  return running(log, subscribeTo(groupOf(plan, 'gold'), [...inputs.keys()], settings), handler, async () => {});
}

/** Past this a stopping flow leaves without its last checkpoint: what it repeats later is skipped. */
const DRAIN_TIMEOUT_MS = 8_000;

const subscribeTo = (group: string, topics: readonly string[], settings: LayerSettings): SubscribeOptions => ({
  group,
  topics,
  maxWaitMs: settings.fetchWaitMs,
  maxBytesPerPartition: settings.maxBatchBytes,
  sessionTimeoutMs: settings.sessionTimeoutMs,
  tickMs: settings.tickMs,
});

type DrainingHandler = RoundHandler & { attach(subscription: Subscription): void; drain(): Promise<void> };

/** Joins the group; stopping stores the last checkpoint, leaves the group, and closes what the flow had open. */
async function running(
  log: RecordLog,
  options: SubscribeOptions,
  handler: DrainingHandler,
  close: () => Promise<void>,
): Promise<RunningFlow> {
  const subscription = await log.subscribe(options, handler);
  handler.attach(subscription);
  return {
    done: subscription.done,
    async stop() {
      // A flow that has ended drains no more; one that works drains within its round, unless Kafka is away.
      const given = new AbortController();
      const timeout = delay(DRAIN_TIMEOUT_MS, undefined, { signal: given.signal }).catch(() => {});
      await Promise.race([handler.drain(), subscription.done.catch(() => {}), timeout]);
      given.abort();
      await subscription.stop().catch(() => {});
      await close();
    },
  };
}
