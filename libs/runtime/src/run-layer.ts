import { setTimeout as delay } from 'node:timers/promises';
import { assertNever, type Clock, type DurationMs, type Log, type Metrics } from '@medallion/core';
import {
  type FlowPlan,
  type Layer,
  type PipelinePlan,
  type StreamingTablePlan,
  streamingTables,
} from '@medallion/pipeline';
import { GoldFlow } from './gold/gold-flow.ts';
import { goldInputs } from './gold/gold-input.ts';
import { groupOf } from './gold/idleness.ts';
import type { RecordLog, RoundHandler, RowCodecs, SubscribeOptions, Subscription, TableStore } from './ports/index.ts';
import type { Progress } from './progress.ts';
import { jsonReader, type RecordReader, rowReader } from './streaming/record-reader.ts';
import { StreamingFlow } from './streaming/streaming-flow.ts';
import { type Condition, type RunningFlow, supervise } from './supervise.ts';
import { ensurePipelineTopics, inputTopicOf } from './topics.ts';

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

/** Runs one layer of a pipeline until it is stopped: each flow of a table on its own, all gold tables as one. */
export function runLayer(layer: Layer, parts: LayerParts): RunningFlow {
  const flows =
    layer === 'gold'
      ? [flow('gold', () => startGold(parts), parts)]
      : streamingTables(parts.plan).flatMap((table) =>
          table.flows
            .filter((each) => serviceOf(each) === layer)
            .map((each) => flow(each.name, () => startStreaming(table, each, parts), parts)),
        );
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

/** bronze-ingest runs what reads the world outside, silver-enrich what reads tables of the engine. */
const serviceOf = ({ source }: FlowPlan): Layer => (source.kind === 'table' ? 'silver' : 'bronze');

/** source → decode → steps → encode → log; see StreamingFlow. */
async function startStreaming(table: StreamingTablePlan, flow: FlowPlan, parts: LayerParts): Promise<RunningFlow> {
  const { plan, log, codecs, clock, logger, metrics, progress, settings } = parts;
  await ensurePipelineTopics(plan, log);
  const reader = await readerOf(table, flow, parts);
  const encoder = await codecs.encoder(table.topic, table.schema);
  const ownRows = await codecs.decoder(table.topic, table.schema);
  const appender = await log.appender();
  const group = groupOf(plan, flow.name);
  const handler = new StreamingFlow(table, flow, {
    reader,
    encoder,
    ownRows,
    log,
    appender,
    group,
    clock,
    logger,
    metrics: metrics.flow({ pipeline: plan.name, table: flow.name }),
    progress: progress(flow.name),
    checkpointEveryMs: settings.checkpointEveryMs,
  });
  return running(log, subscribeTo(group, [inputTopicOf(plan, flow)], settings), handler, () => appender.close());
}

async function readerOf(
  table: StreamingTablePlan,
  { source }: FlowPlan,
  { plan, codecs }: LayerParts,
): Promise<RecordReader> {
  switch (source.kind) {
    case 'topic':
      return jsonReader(source);
    case 'table': {
      const { topic, schema } = streamingTables(plan).find(({ name }) => name === source.table)!;
      const room = table.schema.fields.map(({ name }) => name);
      return rowReader(await codecs.decoder(topic, schema, room));
    }
    case 'files':
    case 'snapshot':
      throw new Error(`invariant violated: ${source.kind} are read by a flow of their own`);
    default:
      return assertNever(source, 'source');
  }
}

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
