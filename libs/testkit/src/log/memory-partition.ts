import type { LogRecord, Offset, OutRecord } from '@medallion/runtime';

const sizeOf = ({ key, value, headers }: LogRecord): number => {
  let size = (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) size += name.length + headers[name]!.length;
  return size;
};

/** The records of one partition; those below `low` have been removed, and compaction leaves gaps. */
export class MemoryPartition {
  low: Offset = 0;
  #records: (LogRecord | null)[] = [];

  get high(): Offset {
    return this.low + this.#records.length;
  }

  append(records: readonly OutRecord[], timestampMs: number): Offset {
    const first = this.high;
    for (const { key, value, headers } of records)
      this.#records.push({
        offset: this.high,
        key,
        value,
        // As bytes, which is how they come back from a real log.
        headers: Object.fromEntries(Object.entries(headers).map(([name, v]) => [name, Buffer.from(v as string)])),
        timestampMs,
      });
    return first;
  }

  /** Records from `from` on, below `to`, of at most `maxBytes` together; at least one, if there is one. */
  slice(from: Offset, to: Offset, maxBytes: number): LogRecord[] {
    const found: LogRecord[] = [];
    let size = 0;
    for (let offset = Math.max(from, this.low); offset < Math.min(to, this.high); offset++) {
      const record = this.#records[offset - this.low];
      if (record === null || record === undefined) continue;
      size += sizeOf(record);
      if (size > maxBytes && found.length > 0) break;
      found.push(record);
    }
    return found;
  }

  /** Removes the records below `low`, as retention does. */
  truncate(low: Offset): void {
    this.#records = this.#records.slice(Math.max(0, low - this.low));
    this.low = Math.max(this.low, low);
  }

  /**
   * Keeps only the newest record of each key below `below`, as compaction does, and no null values at all if they are
   * not to be kept. The last record of the partition always stays.
   */
  compact(below: Offset, keepNulls: boolean): void {
    const seen = new Set<string>();
    for (let offset = Math.min(below, this.high - 1) - 1; offset >= this.low; offset--) {
      const record = this.#records[offset - this.low];
      const key = record?.key?.toString('base64');
      if (record === null || record === undefined || key === undefined) continue;
      if (seen.has(key) || (record.value === null && !keepNulls)) this.#records[offset - this.low] = null;
      seen.add(key);
    }
  }
}
