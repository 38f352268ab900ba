import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@medallion/core';
import type { Audit } from './audit.ts';
import type { GeneratedRecord, Generator } from './generator.ts';
import type { Pacing } from './pacing.ts';
import type { Sink } from './sinks/sink.ts';

/** A burst after a stall is at most so many records; then the sink says when it can take more. */
const MAX_BATCH = 1_000;
/** Records a few milliseconds apart go out together. */
const MIN_SLEEP_MS = 5;
/** A clock that was set is noticed after at most so long. */
const MAX_SLEEP_MS = 1_000;

/** The parts of a run. */
export type RunParts = {
  readonly generator: Generator;
  readonly sink: Sink;
  readonly audit: Audit;
  readonly pacing: Pacing;
  readonly clock: Clock;
  /** Resolves after `ms` milliseconds, or earlier when `signal` is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the run after the batch that is being written. */
  readonly signal: AbortSignal;
};

/** Sends what is due until the stream ends or `signal` is aborted. The audit counts what the sink has taken. */
export async function run({ generator, sink, audit, pacing, clock, sleep, signal }: RunParts): Promise<void> {
  let head = generator.next();
  while (head !== null && !signal.aborted) {
    const now = clock.now();
    const batch: GeneratedRecord[] = [];
    while (head !== null && batch.length < MAX_BATCH && pacing(head.dueAt) <= now) {
      batch.push(head);
      head = generator.next();
    }
    if (batch.length > 0) {
      await sink.write(batch);
      audit.add(batch);
      await setImmediate(); // a sink that is never busy must not keep signals from being heard
    } else if (head !== null) {
      await sleep(Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, pacing(head.dueAt) - now)), signal);
    }
  }
}
