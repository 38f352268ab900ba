import type { LogRecord, Offset, OutRecord } from '@medallion/runtime';
import { MemoryPartition } from '../log/memory-partition.ts';

/** A partition that remembers for its judges what retention and compaction have removed for its readers. */
export class SimPartition extends MemoryPartition {
  readonly #archive: LogRecord[] = [];

  override append(records: readonly OutRecord[], timestampMs: number): Offset {
    const first = super.append(records, timestampMs);
    this.#archive.push(...this.slice(first, this.high, Number.MAX_SAFE_INTEGER));
    return first;
  }

  /** Every record that was ever appended; its place in the list is its offset. */
  get archive(): readonly LogRecord[] {
    return this.#archive;
  }
}
