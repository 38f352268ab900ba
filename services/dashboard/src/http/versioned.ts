import { type Clock, isoString } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { AsOf } from '../contract/index.ts';
import type { Reader, Versioned } from '../parts.ts';
import type { Versions } from './versions.ts';

/** How much is kept of answers; those that were not asked for longest go first. */
export type Bounds = { readonly answers: number; readonly bytes: number };

/** What was done, for whoever wants to know whether the cache is worth it. */
export type VersionedCounts = {
  /** Answers that somebody was given without a read of their own. */
  readonly hits: number;
  readonly reads: number;
  /** Time of all reads together, also of those that failed. */
  readonly readMs: number;
  readonly kept: number;
  readonly bytes: number;
};

type Answer = {
  readonly value: unknown;
  /** Of the snapshot that it was read in. */
  readonly version: string;
  /** The last poll that had ended when it was begun. */
  readonly began: number;
  readonly bytes: number;
};

type Reading = { readonly began: number; readonly answer: Promise<Answer> };

/**
 * Answers by pipeline and key, each read once for a version of the pipeline:
 *
 *   asked ─▶ kept, and as new as the version ─▶ it
 *     │ └──▶ being read, begun since that version was seen ─▶ wait for it
 *     │ └──▶ being read, begun before ─▶ wait until that has ended, then ask again
 *     └────▶ read
 *
 * Only answers are kept; an error is for those who waited for it.
 */
export function createVersioned(options: {
  readonly reader: Pick<Reader, 'snapshot'>;
  readonly versions: Versions;
  readonly clock: Clock;
  readonly bounds: Bounds;
}): Versioned & { readonly counts: () => VersionedCounts } {
  const { versions, bounds } = options;
  const kept = new Map<string, Answer>();
  const readings = new Map<string, Reading>();
  let bytes = 0;
  let hits = 0;
  let reads = 0;
  let readMs = 0;

  const forget = (id: string): void => {
    bytes -= kept.get(id)?.bytes ?? 0;
    kept.delete(id);
  };
  const keep = (id: string, answer: Answer): void => {
    forget(id);
    if (answer.bytes > bounds.bytes) return;
    kept.set(id, answer);
    bytes += answer.bytes;
    for (const oldest of kept.keys()) {
      if (kept.size <= bounds.answers && bytes <= bounds.bytes) return;
      forget(oldest);
    }
  };
  const read = async (pipeline: string, work: Work, began: number): Promise<Answer> => {
    reads += 1;
    const begun = performance.now();
    const done = (): void => {
      readMs += performance.now() - begun;
    };
    return options.reader
      .snapshot(async (query) => {
        const { version, committedAt, watermark } = await versions.within(query, pipeline);
        const asOf = { version, readAt: isoString(options.clock.now()), committedAt, watermark };
        const value = await work(query, asOf);
        return { value, version, began, bytes: sizeOf(value) };
      })
      .finally(done);
  };
  const start = (id: string, pipeline: string, work: Work): Promise<Answer> => {
    const began = versions.polls;
    const answer = read(pipeline, work, began).finally(() => readings.delete(id));
    readings.set(id, { began, answer });
    answer.then(
      (done) => keep(id, done),
      () => {},
    );
    return answer;
  };

  return {
    async answer<T>(pipeline: string, key: string, work: (query: Query, asOf: AsOf) => Promise<T>): Promise<T> {
      const id = JSON.stringify([pipeline, key]);
      const { version, since } = await versions.current(pipeline);
      const isNew = (answer: Answer): boolean => answer.version === version || answer.began >= since;
      for (;;) {
        const known = kept.get(id);
        if (known !== undefined && isNew(known)) {
          // The last one asked for is the last one to go.
          kept.delete(id);
          kept.set(id, known);
          hits += 1;
          return known.value as T;
        }
        const reading = readings.get(id);
        if (reading === undefined) return (await start(id, pipeline, work)).value as T;
        if (reading.began >= since) {
          hits += 1;
          return (await reading.answer).value as T;
        }
        const older = await reading.answer.catch(() => null);
        if (older === null || !isNew(older)) continue;
        hits += 1;
        return older.value as T;
      }
    },
    counts: () => ({ hits, reads, readMs, kept: kept.size, bytes }),
  };
}

type Work = (query: Query, asOf: AsOf) => Promise<unknown>;

/** About so many bytes of memory; what is no JSON is too large to be kept. */
function sizeOf(value: unknown): number {
  try {
    return 2 * (JSON.stringify(value)?.length ?? 0);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
