import type { LayerParts } from '../layer-parts.ts';
import type { RecordLog, RoundHandler, SubscribeOptions, Subscription } from '../ports/index.ts';
import type { RunningFlow } from '../supervise.ts';
import { processTimer, type Timer } from '../timer.ts';
import { EndingHandler, type EndsWhen, type ReachedBy } from './ending.ts';

/** Past this a stopping flow leaves without its last checkpoint: what it repeats later is skipped. */
const DRAIN_TIMEOUT_MS = 8_000;

/** How a flow's group reads its topics, when it ends by itself (absent: never), and by which timers it is stopped. */
export type FlowOptions = SubscribeOptions & { readonly until?: EndsWhen; readonly timer?: Timer };

/** How a flow's group reads its topics. */
export const subscribeTo = (
  group: string,
  topics: readonly string[],
  { settings, timer }: Pick<LayerParts, 'settings'> & { readonly timer?: Timer | undefined },
): FlowOptions => ({
  ...(timer === undefined ? {} : { timer }),
  group,
  topics,
  maxWaitMs: settings.fetchWaitMs,
  maxBytesPerPartition: settings.maxBatchBytes,
  sessionTimeoutMs: settings.sessionTimeoutMs,
  tickMs: settings.tickMs,
  ...(settings.maxWorkers === undefined ? {} : { maxMembers: settings.maxWorkers }),
  ...(settings.until === undefined ? {} : { until: settings.until }),
});

/** A handler that can be asked to store all that it has done. */
export type DrainingHandler = RoundHandler & { attach(subscription: Subscription): void; drain(): Promise<void> };

/**
 * Joins the group; stopping stores the last checkpoint, leaves the group, and closes what the flow had open. With `until`
 * in the options the flow says when it has finished. `reached`: how far all members are, where their group does not say so.
 */
export async function running(
  log: RecordLog,
  options: FlowOptions,
  inner: DrainingHandler,
  close: () => Promise<void>,
  reached?: ReachedBy,
): Promise<RunningFlow> {
  const ending =
    options.until === undefined ? null : await EndingHandler.of(inner, log, options, options.until, reached);
  const handler = ending ?? inner;
  const subscription = await log.subscribe(options, handler);
  handler.attach(subscription);
  return {
    done: subscription.done,
    ...(ending === null ? {} : { finished: ending.finished }),
    async stop() {
      // A flow that has ended drains no more; one that works drains within its round, unless Kafka is away.
      const { promise: timeout, resolve } = Promise.withResolvers<void>();
      const forget = (options.timer ?? processTimer)(DRAIN_TIMEOUT_MS, resolve);
      await Promise.race([handler.drain(), subscription.done.catch(() => {}), timeout]);
      forget();
      await subscription.stop().catch(() => {});
      await close();
    },
  };
}

/** A flow that had ended before it was started. */
export const finishedFlow = (): RunningFlow => ({
  done: new Promise(() => {}),
  finished: Promise.resolve(),
  stop: async () => {},
});
