import { messageOf } from '@medallion/core';
import type { Layer } from '@medallion/pipeline';
import type { LayerParts } from '../layer-parts.ts';
import { runLayer } from '../run-layer.ts';
import { stoppable } from '../stoppable.ts';
import type { Condition, RunningFlow } from '../supervise.ts';
import { RunMarks } from './run-marks.ts';

/** So long a layer waits for a sign of life of the one before it. */
const PATIENCE_MS = 60_000;
/** How often it looks for one, and gives one. */
const LOOK_MS = 1_000;
const ALIVE_EVERY_MS = 15_000;

const BEFORE: Readonly<Record<Layer, readonly Layer[]>> = {
  bronze: [],
  silver: ['bronze'],
  gold: ['bronze', 'silver'],
};

/** How one layer of a triggered pipeline is run beside the others, which run elsewhere. */
export type TriggeredOptions = { readonly patienceMs?: number };

/**
 * Runs one layer of a triggered pipeline until it has processed what was there at its start, and what the layers before it
 * make of what was there for them (SPEC F11):
 *
 *   waiting ──the layers before it have finished, or give no sign of life for a minute──▶ working ──▶ finished
 *
 * `done` resolves when it has finished, and rejects with the error of a flow that could not go on. So three jobs may be
 * started at once, or one after the other.
 */
export function runTriggered(
  layer: Layer,
  parts: LayerParts,
  { patienceMs = PATIENCE_MS }: TriggeredOptions = {},
): RunningFlow {
  const { plan, log, logger, sleep, clock } = parts;
  const marks = new RunMarks(plan.name, log);
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: RunningFlow | null = null;
  const report = (condition: Condition): void => parts.report(`${layer}-layer`, condition);

  /** A mark that cannot be set only makes others wait longer, or not wait. */
  const mark = async (state: Parameters<RunMarks['set']>[1]): Promise<void> => {
    await marks.set(layer, state).catch((error: unknown) => {
      logger.warn({ pipeline: plan.name, layer, state, reason: messageOf(error) }, 'the run could not be marked');
    });
  };

  const waitFor = async (other: Layer): Promise<void> => {
    let heard = clock.now();
    while (!signal.aborted) {
      const signs = await marks.read().catch(() => null);
      // A Kafka that is away is nobody's silence.
      if (signs === null || signs.has(other)) heard = clock.now();
      if (!marks.isRunning(other) && marks.hasFinishedSince(other, layer)) return;
      if (clock.now() - heard >= patienceMs) {
        const why = { pipeline: plan.name, layer, other, waitedMs: patienceMs };
        logger.warn(why, `${other} gives no sign of life: what is there is processed`);
        return;
      }
      await sleep(LOOK_MS, signal);
    }
  };

  const work = async (): Promise<void> => {
    await mark('waiting');
    if (BEFORE[layer].length > 0) {
      const message = `${layer} waits until ${BEFORE[layer].join(' and ')} have processed what is there`;
      report({ ok: true, message });
      for (const other of BEFORE[layer]) await waitFor(other);
    }
    if (signal.aborted) return;
    await mark('working');
    report({ ok: true, message: 'works' });
    running = runLayer(layer, { ...parts, settings: { ...parts.settings, until: 'caught up' } });
    await running.done;
    if (signal.aborted) return;
    report({ ok: true, message: 'finished: all that was there is processed' });
    logger.info({ pipeline: plan.name, layer }, 'pipeline finished: all that was there is processed');
  };

  const alive = async (ended: AbortSignal): Promise<void> => {
    for (;;) {
      await sleep(ALIVE_EVERY_MS, ended);
      if (ended.aborted) return;
      await mark('alive');
    }
  };

  const run = async (): Promise<void> => {
    const over = new AbortController();
    const beating = alive(AbortSignal.any([over.signal, signal]));
    try {
      await work();
    } finally {
      over.abort();
      await beating;
      await mark('finished');
    }
  };

  return stoppable(stopping, run(), () => running);
}
