import type { Reading } from '@medallion/runtime';
import { PartitionWatch, type Watched } from './partition-watch.ts';

/** What is known of readers together: of a table's, or of one edge's. */
export type Combined = {
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
  readonly unmovedMs: number | null;
  /** When any of them was last seen to move. */
  readonly movedAtMs: number | null;
  readonly readPerSecond: number | null;
  readonly quietMs: number | null;
  /** For so long, at least, nothing came to any of them. */
  readonly stillMs: number;
  readonly seen: boolean;
};

/** A record whose timestamp is wanted. */
export type Wanted = {
  readonly watch: PartitionWatch;
  readonly topic: string;
  readonly partition: number;
  offset: number;
};

/** All partitions of all readers of a pipeline, over time. */
export class ReaderWatch {
  readonly #watches = new Map<string, Map<number, PartitionWatch>>();

  /**
   * Takes in a look. A reader or partition that is gone is forgotten.
   *
   * @param movedMs when the reader of a partition last moved, in the time of the look, where that is known
   */
  look(
    readings: ReadonlyMap<string, readonly Reading[]>,
    atMs: number,
    movedMs: (reader: string, partition: number) => number | null,
  ): void {
    for (const reader of this.#watches.keys()) if (!readings.has(reader)) this.#watches.delete(reader);
    for (const [reader, each] of readings) {
      const before = this.#watches.get(reader);
      const after = new Map<number, PartitionWatch>();
      for (const reading of each) {
        const known = before?.get(reading.partition);
        known?.look(reading, atMs);
        const moved = known === undefined ? movedMs(reader, reading.partition) : null;
        after.set(reading.partition, known ?? new PartitionWatch(reading, atMs, moved));
      }
      this.#watches.set(reader, after);
    }
  }

  /** Records whose timestamps are wanted, of each reader the partition with the most that waits. */
  wanted(topicOf: (reader: string) => string, limit: number): readonly Wanted[] {
    const found = [...this.#watches].flatMap(([reader, partitions]) =>
      [...partitions].flatMap(([partition, watch]) => {
        const offset = watch.wantsTimestamp();
        return offset === null ? [] : [{ watch, topic: topicOf(reader), partition, offset }];
      }),
    );
    return found.sort((a, b) => b.watch.watched.lagRecords - a.watch.watched.lagRecords).slice(0, limit);
  }

  /** What is known of these readers; null where nothing is. */
  of(readers: readonly string[]): Combined | null {
    const all = readers
      .flatMap((reader) => [...(this.#watches.get(reader)?.values() ?? [])])
      .map((each) => each.watched);
    return all.length === 0 ? null : combined(all);
  }

  /** Records per second that come to what a reader reads; null where that is not known. */
  comePerSecond(reader: string): number | null {
    return sum([...(this.#watches.get(reader)?.values() ?? [])].map(({ watched }) => watched.comePerSecond));
  }
}

function combined(all: readonly Watched[]): Combined {
  const lagMs = greatest(all.map((each) => each.lagMs));
  return {
    lagRecords: all.reduce((total, each) => total + each.lagRecords, 0),
    // Where nothing waits the oldest waits for no time.
    lagSeconds: lagMs === null ? (all.every((each) => each.lagRecords === 0) ? 0 : null) : lagMs / 1_000,
    unmovedMs: greatest(all.map((each) => each.unmovedMs)),
    movedAtMs: greatest(all.map((each) => each.movedAtMs)),
    readPerSecond: sum(all.map((each) => each.readPerSecond)),
    quietMs: least(all.map((each) => each.quietMs)),
    stillMs: Math.min(...all.map((each) => each.stillMs)),
    seen: all.some((each) => each.seen),
  };
}

const known = (values: readonly (number | null)[]): readonly number[] => values.filter((each) => each !== null);
const sum = (values: readonly (number | null)[]): number | null => {
  const some = known(values);
  return some.length === 0 ? null : some.reduce((total, value) => total + value, 0);
};
const greatest = (values: readonly (number | null)[]): number | null => {
  const some = known(values);
  return some.length === 0 ? null : Math.max(...some);
};
const least = (values: readonly (number | null)[]): number | null => {
  const some = known(values);
  return some.length === 0 ? null : Math.min(...some);
};
