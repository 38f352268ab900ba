import type { Layer } from '@medallion/pipeline';
import type { Offset, RecordLog } from '../ports/index.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';

/**
 * What the layers of a triggered pipeline tell one another: a compacted topic of one partition, whose order is the only
 * clock. `waiting`: started, waits for the layers before it. `working`: it processes what is there. `alive`: still at it.
 * `finished`: it has ended, or could not go on.
 */
export type RunState = 'waiting' | 'working' | 'alive' | 'finished';

/** The topic of the marks of a pipeline's runs. */
export const runsTopicOf = (pipeline: string): string => `${pipeline}.runs`;

const STATES: readonly string[] = ['waiting', 'working', 'alive', 'finished'] satisfies RunState[];

/** The marks of one pipeline, as far as they were read. */
export class RunMarks {
  readonly #log: RecordLog;
  readonly #topic: string;
  /** The newest mark of each layer and state. */
  readonly #newest = new Map<string, Offset>();
  #next: Offset = 0;

  constructor(pipeline: string, log: RecordLog) {
    this.#topic = runsTopicOf(pipeline);
    this.#log = log;
  }

  /** Makes the topic where it is missing. */
  ensure(): Promise<void> {
    return this.#log.ensureTopics([
      { topic: this.#topic, partitions: 1, retentionMs: -1, maxMessageBytes: MAX_MESSAGE_BYTES, cleanup: 'compact' },
    ]);
  }

  /** Sets a mark. @throws MED_APPEND_FAILED */
  async set(layer: Layer, state: RunState): Promise<void> {
    await this.ensure();
    const appender = await this.#log.appender();
    try {
      const record = { key: Buffer.from(`${layer} ${state}`), value: Buffer.from('{}'), headers: {} };
      await appender.append([{ topic: this.#topic, partition: 0, records: [record] }]);
    } finally {
      await appender.close();
    }
  }

  /** Reads what is new: the layers that gave a sign of life. */
  async read(): Promise<ReadonlySet<string>> {
    const heard = new Set<string>();
    if ((await this.#log.partitions(this.#topic)) === null) return heard;
    for await (const records of this.#log.read({ topic: this.#topic, partition: 0 }, this.#next))
      for (const { key, offset } of records) {
        this.#next = Math.max(this.#next, offset + 1);
        const [layer, state] = (key?.toString() ?? '').split(' ');
        if (layer === undefined || state === undefined || !STATES.includes(state)) continue;
        this.#newest.set(`${layer} ${state}`, offset);
        heard.add(layer);
      }
    return heard;
  }

  /** Whether a layer has started and not finished. */
  isRunning(layer: Layer): boolean {
    const started = Math.max(...(['waiting', 'working', 'alive'] as const).map((state) => this.#of(layer, state)));
    return started > this.#of(layer, 'finished');
  }

  /** Whether a layer has finished since another one began to work: what it made then is still to be processed. */
  hasFinishedSince(layer: Layer, other: Layer): boolean {
    return this.#of(layer, 'finished') > this.#of(other, 'working');
  }

  #of(layer: Layer, state: RunState): Offset {
    return this.#newest.get(`${layer} ${state}`) ?? -1;
  }
}
