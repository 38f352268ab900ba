import { type Clock, errors, isoString, type Log, messageOf } from '@medallion/core';
import type { OutRecord, RecordLog } from '../ports/index.ts';
import { stopsTopicOf, toGoneOnRecord, toStopRecord } from '../protocol/stop-notes.ts';
import type { Condition } from '../supervise.ts';
import { ensureStops, StopNotes } from './stop-notes.ts';

/** What notes are made with. */
export type StopLogParts = {
  readonly pipeline: string;
  readonly log: RecordLog;
  readonly clock: Clock;
  readonly owner: string;
  readonly logger: Log;
};

/**
 * Notes which flows of a layer stop for a person, and which go on. The notes are for people alone: nothing is decided by
 * them, so one that cannot be written holds nobody up.
 */
export class StopLog {
  readonly #parts: StopLogParts;
  /** The flows that a note stands of, by this instance or one before it; null until that was read. */
  #standing: Set<string> | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: StopLogParts) {
    this.#parts = parts;
  }

  /** Takes in how a flow is now; what is to be noted is noted in this order, a moment later. */
  tell(flow: string, condition: Condition): void {
    if (!condition.ok && !needsPerson(condition.code)) return;
    this.#last = this.#last.then(() =>
      this.#note(flow, condition).catch((error: unknown) => {
        this.#parts.logger.warn({ flow, reason: messageOf(error) }, 'whether the flow has stopped cannot be noted');
      }),
    );
  }

  /** Resolves when all is noted that was told. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #note(flow: string, condition: Condition): Promise<void> {
    const { pipeline, log, clock, owner } = this.#parts;
    this.#standing ??= new Set((await new StopNotes(pipeline, log).notes())?.map((note) => note.flow));
    if (condition.ok) {
      if (!this.#standing.has(flow)) return;
      await this.#append(toGoneOnRecord(flow));
      this.#standing.delete(flow);
      return;
    }
    const { code, message, remedy } = condition;
    await ensureStops(pipeline, log);
    await this.#append(toStopRecord({ flow, code, message, remedy, at: isoString(clock.now()), by: owner }));
    this.#standing.add(flow);
  }

  async #append(record: OutRecord): Promise<void> {
    const { pipeline, log } = this.#parts;
    const appender = await log.appender();
    try {
      await appender.append([{ topic: stopsTopicOf(pipeline), partition: 0, records: [record] }]);
    } finally {
      await appender.close();
    }
  }
}

/** Whether an error waits for a person: the engine does not try again by itself. */
const needsPerson = (code: string): boolean =>
  Object.hasOwn(errors, code) && !errors[code as keyof typeof errors].retryable;
