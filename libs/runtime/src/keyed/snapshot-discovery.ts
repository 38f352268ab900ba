import type { FilesPlan } from '@medallion/pipeline';
import { toFileRecord } from '../files/file-log.ts';
import type { Appender, FileSource, Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import type { SnapshotEntry, SnapshotLog } from './snapshot-log.ts';

/** What discovery works with. */
export type SnapshotDiscoveryParts = {
  readonly source: FilesPlan;
  readonly files: FileSource;
  readonly appender: Appender;
  /** In milliseconds. */
  readonly nowMs: () => number;
  readonly everyMs: number;
};

/** Finds versions of the source's files that the log of files does not name last, and has it name them. */
export class SnapshotDiscovery {
  readonly #parts: SnapshotDiscoveryParts;
  #dueMs = 0;
  /** The offset after the entries that were appended, which may not have come back yet. */
  #awaited: Offset = 0;

  constructor(parts: SnapshotDiscoveryParts) {
    this.#parts = parts;
  }

  /** Whether the folder should be looked at again. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs;
  }

  /**
   * Lists the folder and appends what is new; the number of files that are new, not back yet or still written to.
   *
   * @throws MED_FILES_UNAVAILABLE, MED_APPEND_FAILED
   */
  async discover({ topic, partition }: TopicPartition, log: SnapshotLog): Promise<number> {
    const { source, files, appender, nowMs, everyMs } = this.#parts;
    const listing = await files.list(source.path, source.pattern);
    this.#dueMs = nowMs() + everyMs;
    // What was appended and has not come back is not in the log that `missing` looks at.
    if (log.loaded < this.#awaited) return this.#awaited - log.loaded;
    const missing = log.missing(listing.files);
    if (missing.length > 0) {
      const [first] = await appender.append([{ topic, partition, records: missing.map(toFileRecord) }]);
      this.#awaited = (first as Offset) + missing.length;
    }
    return missing.length + listing.settling.length;
  }

  /** Whether the file is another one by now, or gone. */
  async isSuperseded({ path, version }: SnapshotEntry): Promise<boolean> {
    const { files, source } = this.#parts;
    const listing = await files.list(source.path, source.pattern);
    return !listing.files.some((file) => file.path === path && file.version === version);
  }

  /** Another member has the partition: all is done when its checkpoint is at the end. */
  async isDoneByOthers(log: RecordLog, group: string): Promise<boolean> {
    const { filesTopic } = this.#parts.source;
    const ranges = (await log.partitions(filesTopic)) ?? [];
    const committed = await log.committed(group, filesTopic);
    return ranges.every(({ partition, high }) => high > 0 && (committed.get(partition)?.offset ?? 0) >= high);
  }
}
