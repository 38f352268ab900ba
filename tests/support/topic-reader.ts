import type { Headers, RecordLog } from '@medallion/runtime';

/** A record as the tests read it back. */
export type ReadRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Header `src`: the coordinate that the engine wrote. */
  readonly src: string | null;
  /** Header `medallion.term`: the term of who wrote it; 0 where flows have none. */
  readonly term: number;
  /** Whether it is nothing but the beginning of a term. */
  readonly fence: boolean;
  /** Header `n`: the number that the test's producer gave the record. */
  readonly n: number | null;
};

const text = (headers: Headers, name: string): string | null => headers[name]?.toString() ?? null;

/** Reads topics outside any group, each partition from where it was read to; a gap in the offsets is an error. */
export class TopicReader {
  readonly #log: RecordLog;
  readonly #from: ReadonlyMap<string, readonly number[]>;
  readonly #records = new Map<string, ReadRecord[]>();

  /** `from`: where the partitions of a topic begin of which the start is gone. */
  constructor(log: RecordLog, from: ReadonlyMap<string, readonly number[]> = new Map()) {
    this.#log = log;
    this.#from = from;
  }

  /** The offset at which a partition begins. */
  first(topic: string, partition: number): number {
    return this.#from.get(topic)?.[partition] ?? 0;
  }

  /** What is there of a partition, or at least up to, not with, `end`: the index is the offset, less that of the first. */
  async upTo(topic: string, partition: number, end: number): Promise<readonly ReadRecord[]> {
    const key = `${partition} ${topic}`;
    const first = this.first(topic, partition);
    const list = this.#records.get(key) ?? [];
    this.#records.set(key, list);
    if (first + list.length >= end) return list;
    for await (const records of this.#log.read({ topic, partition }, first + list.length))
      for (const { offset, key: id, value, headers } of records) {
        if (offset !== first + list.length)
          throw new Error(`${topic}[${partition}]: offset ${offset} follows ${first + list.length - 1}`);
        const n = text(headers, 'n');
        list.push({
          ...{ partition, offset, key: id, value, src: text(headers, 'src'), n: n === null ? null : Number(n) },
          ...{ term: Number(text(headers, 'medallion.term') ?? 0), fence: 'medallion.fence' in headers },
        });
      }
    if (first + list.length < end)
      throw new Error(`${topic}[${partition}] ends at ${first + list.length}, before ${end}`);
    return list;
  }

  /** Records by topic up to the end that they have now, in order of partition and offset. */
  async all(topics: readonly string[]): Promise<Map<string, readonly ReadRecord[]>> {
    const found = new Map<string, readonly ReadRecord[]>();
    for (const topic of topics) {
      const ends = await topicEnds(this.#log, topic);
      const partitions = await Promise.all(ends.map((end, partition) => this.upTo(topic, partition, end)));
      found.set(topic, partitions.flat());
    }
    return found;
  }
}

/** The end offset of every partition. */
export async function topicEnds(log: RecordLog, topic: string): Promise<readonly number[]> {
  const ranges = await log.partitions(topic);
  if (ranges === null) throw new Error(`there is no topic ${topic}`);
  return ranges.toSorted((a, b) => a.partition - b.partition).map(({ high }) => high);
}
