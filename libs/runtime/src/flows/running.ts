import { setTimeout as delay } from 'node:timers/promises';
import type { LayerSettings } from '../layer-parts.ts';
import type { RecordLog, RoundHandler, SubscribeOptions, Subscription } from '../ports/index.ts';
import type { RunningFlow } from '../supervise.ts';

/** Past this a stopping flow leaves without its last checkpoint: what it repeats later is skipped. */
const DRAIN_TIMEOUT_MS = 8_000;

/** How a flow's group reads its topics. */
export const subscribeTo = (group: string, topics: readonly string[], settings: LayerSettings): SubscribeOptions => ({
  group,
  topics,
  maxWaitMs: settings.fetchWaitMs,
  maxBytesPerPartition: settings.maxBatchBytes,
  sessionTimeoutMs: settings.sessionTimeoutMs,
  tickMs: settings.tickMs,
});

/** A handler that can be asked to store all that it has done. */
export type DrainingHandler = RoundHandler & { attach(subscription: Subscription): void; drain(): Promise<void> };

/** Joins the group; stopping stores the last checkpoint, leaves the group, and closes what the flow had open. */
export async function running(
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
