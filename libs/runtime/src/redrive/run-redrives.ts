import { messageOf } from '@medallion/core';
import { groupOf } from '../gold/idleness.ts';
import type { LayerParts } from '../layer-parts.ts';
import { stoppable } from '../stoppable.ts';
import type { RunningFlow } from '../supervise.ts';
import type { RedrivenFlow } from './redriven-flow.ts';

/** How often a service looks for redriven records. */
const LOOK_EVERY_MS = 10_000;

/**
 * Runs a redriven flow whenever there is something for it, until it has processed that:
 *
 *   look ──nothing, or no topic──▶ wait 10 s ──▶ look
 *     └──records──▶ run until caught up ──▶ look
 *
 * So what it keeps in memory is read anew, with all that the table has by then (SPEC R4), and costs nothing between
 * redrives. With `until` it looks once. It does not keep a layer going whose other flows have ended.
 */
export function runRedrives(
  { flow, topic }: RedrivenFlow,
  run: () => RunningFlow,
  { plan, log, logger, sleep, settings }: LayerParts,
  others: {
    /** Those whose end it waits for where flows end. */
    readonly before: readonly RunningFlow[];
    /** Resolves when all other flows of the layer have ended: then it looks for the last time. */
    readonly over: Promise<void>;
  },
): RunningFlow {
  const stopping = new AbortController();
  const { signal } = stopping;
  const last = new AbortController();
  void others.over.then(() => last.abort());
  const either = AbortSignal.any([signal, last.signal]);
  let running: RunningFlow | null = null;
  const look = async (): Promise<boolean> => {
    const ranges = await log.partitions(topic);
    if (ranges === null) return false;
    const committed = await log.committed(groupOf(plan, flow.name), topic);
    return ranges.some(({ partition, low, high }) => high > Math.max(low, committed.get(partition)?.offset ?? 0));
  };
  const loop = async (): Promise<void> => {
    if (settings.until !== undefined) await Promise.all(others.before.map((one) => one.done.catch(() => {})));
    while (!signal.aborted) {
      const isLast = settings.until !== undefined || last.signal.aborted;
      let found = false;
      try {
        found = await look();
      } catch (error) {
        if (settings.until !== undefined) throw error;
        logger.debug({ flow: flow.name, reason: messageOf(error) }, 'redriven records cannot be looked for');
      }
      if (found && !signal.aborted) {
        running = run();
        await running.done;
        running = null;
      }
      if (isLast) return;
      await sleep(LOOK_EVERY_MS, either);
    }
  };
  return stoppable(stopping, loop(), () => running);
}
