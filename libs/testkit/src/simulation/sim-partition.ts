import type { LogRecord, Offset, OutRecord } from '@medallion/runtime';
import { MemoryPartition } from '../log/memory-partition.ts';
import type { Writer } from './sim-process.ts';

/** A partition that remembers for its judges what retention and compaction have removed for its readers. */
export class SimPartition extends MemoryPartition {
  readonly #archive: LogRecord[] = [];
  /** When each was appended, in the true time. */
  readonly #appendedMs: number[] = [];
  readonly #writers: (Writer | null)[] = [];
  readonly #now: () => number;

  /** @param now the true time, milliseconds since any moment */
  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  override append(records: readonly OutRecord[], timestampMs: number, writer: Writer | null = null): Offset {
    const first = super.append(records, timestampMs);
    this.#archive.push(...this.slice(first, this.high, Number.MAX_SAFE_INTEGER));
    for (const _ of records) {
      this.#appendedMs.push(this.#now());
      this.#writers.push(writer);
    }
    return first;
  }

  /** Who appended a record; null for the world outside. */
  writer(offset: Offset): Writer | null {
    return this.#writers[offset] ?? null;
  }

  /** Every record that was ever appended; its place in the list is its offset. */
  get archive(): readonly LogRecord[] {
    return this.#archive;
  }

  /** When a record was appended, milliseconds on the line of `now`. */
  appendedMs(offset: Offset): number {
    return this.#appendedMs[offset]!;
  }

  /** Compacts what was appended at least so long ago; null values stay, as they do for their retention after it. */
  compactAfter(lagMs: number): void {
    this.compact(this.highAt(this.#now() - lagMs), true);
  }

  /** Where its end was before that time. */
  highAt(ms: number): Offset {
    const after = this.#appendedMs.findIndex((appendedMs) => appendedMs >= ms);
    return after < 0 ? this.high : after;
  }
}
