import type { Clock } from '@medallion/core';
import type { FilesPlan } from '@medallion/pipeline';
import { Due } from '../due.ts';
import { toFileRecord } from '../files/file-log.ts';
import type { Appender, FileSource, Offset, RecordLog, TopicPartition } from '../ports/index.ts';
import type { SnapshotEntry, SnapshotLog } from './snapshot-log.ts';

/** What discovery works with. */
export type SnapshotDiscoveryParts = {
  readonly source: FilesPlan;
  readonly files: FileSource;
  readonly appender: Appender;
  readonly clock: Clock;
  /** How long after one listing the next is, in milliseconds. */
  readonly everyMs: number;
};

/** Finds versions of the source's files that the log of files does not name last, and has it name them. */
export class SnapshotDiscovery {
  readonly #parts: SnapshotDiscoveryParts;
  readonly #due: Due;
  /** The offset after the entries that were appended, which may not have come back yet. */
  #awaited: Offset = 0;

  constructor(parts: SnapshotDiscoveryParts) {
    this.#parts = parts;
    this.#due = new Due(parts.clock, parts.everyMs);
  }

  /** Whether the folder should be looked at again. */
  get isDue(): boolean {
    return this.#due.isNow;
  }

  /**
   * Lists the folder and appends what is new; the number of files that are new, not back yet or still written to.
   *
   * @throws MED_FILES_UNAVAILABLE, MED_APPEND_FAILED
   */
  async discover({ topic, partition }: TopicPartition, log: SnapshotLog): Promise<number> {
    const { source, files, appender } = this.#parts;
    const listing = await files.list(source.path, source.pattern);
    this.#due.done();
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
