import type { Offset, RecordLog } from '../ports/index.ts';
import { fromStopRecord, type StopNote, stopsTopicOf } from '../protocol/stop-notes.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';

/** Creates the topic of a pipeline's stopped flows, unless it exists. */
export const ensureStops = (pipeline: string, log: RecordLog): Promise<void> =>
  log.ensureTopics([
    {
      topic: stopsTopicOf(pipeline),
      partitions: 1,
      retentionMs: -1,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      cleanup: 'compact',
    },
  ]);

/** Follows which flows of a pipeline have stopped, by what they note. */
export class StopNotes {
  readonly #topic: string;
  readonly #log: Pick<RecordLog, 'partitions' | 'read'>;
  readonly #notes = new Map<string, StopNote>();
  #next: Offset = 0;

  constructor(pipeline: string, log: Pick<RecordLog, 'partitions' | 'read'>) {
    this.#topic = stopsTopicOf(pipeline);
    this.#log = log;
  }

  /** The notes that stand now, one for each flow; null where there is no topic. @throws MED_LOG_UNAVAILABLE */
  async notes(): Promise<readonly StopNote[] | null> {
    const [range] = (await this.#log.partitions(this.#topic)) ?? [];
    // Shorter than it was: another topic of the same name.
    if (range === undefined || range.high < this.#next) this.#begin();
    if (range === undefined) return null;
    if (range.high === this.#next) return [...this.#notes.values()];
    for await (const records of this.#log.read({ topic: this.#topic, partition: 0 }, this.#next))
      for (const record of records) {
        this.#next = record.offset + 1;
        const found = fromStopRecord(record);
        if (found === null) continue;
        if (found.note === null) this.#notes.delete(found.flow);
        else this.#notes.set(found.flow, found.note);
      }
    return [...this.#notes.values()];
  }

  #begin(): void {
    this.#notes.clear();
    this.#next = 0;
  }
}
