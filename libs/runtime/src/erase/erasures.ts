import type { Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import { type Erasure, erasuresTopicOf, fromErasureRecord, toErasureRecord } from '../protocol/erasure.ts';
import { MAX_MESSAGE_BYTES } from '../protocol/trace.ts';

const FOR_EVER = -1;

/** Keeps an erasure for ever, before anything is erased: what was begun is never brought back by a replay. */
export async function keepErasure(log: RecordLog, pipeline: string, erasure: Erasure): Promise<void> {
  const topic = erasuresTopicOf(pipeline);
  await log.ensureTopics([
    { topic, partitions: 1, retentionMs: FOR_EVER, maxMessageBytes: MAX_MESSAGE_BYTES, cleanup: 'compact' },
  ]);
  const appender = await log.appender();
  try {
    await appender.append([{ topic, partition: 0, records: [toErasureRecord(erasure)] }]);
  } finally {
    await appender.close();
  }
}

/** The erasures of a pipeline, as far as they were read. */
export class Erasures {
  readonly #at: TopicPartition;
  readonly #log: RecordLog;
  readonly #known = new Map<string, Erasure>();
  #next: Offset = 0;

  constructor(log: RecordLog, pipeline: string) {
    this.#log = log;
    this.#at = { topic: erasuresTopicOf(pipeline), partition: 0 };
  }

  /** Reads what was kept since the last call; nothing where nobody was ever erased. */
  async load(): Promise<void> {
    for await (const records of this.#log.read(this.#at, this.#next))
      for (const record of records) {
        this.#next = record.offset + 1;
        const erasure = fromErasureRecord(record);
        if (erasure !== null) this.#known.set(erasure.fingerprint, erasure);
      }
  }

  /** The subjects of which anybody was erased. */
  get subjects(): ReadonlySet<string> {
    return new Set([...this.#known.values()].map(({ subject }) => subject));
  }

  /** The offset from which on no record of a partition is about anybody erased. */
  end({ topic, partition }: TopicPartition): Offset {
    let end = 0;
    for (const { before } of this.#known.values()) end = Math.max(end, before[topic]?.[partition] ?? 0);
    return end;
  }

  /** Whether a record at this place is about somebody who was erased, by the person's fingerprint. */
  covers(fingerprint: string, { topic, partition }: TopicPartition, offset: Offset): boolean {
    return offset < (this.#known.get(fingerprint)?.before[topic]?.[partition] ?? 0);
  }
}
