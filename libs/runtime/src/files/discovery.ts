import { type Clock, elapsedMs, type Log, MedallionError } from '@medallion/core';
import type { FilesPlan } from '@medallion/pipeline';
import { Due } from '../due.ts';
import type { AppendBatch, Appender, FileListing, FileSource, FoundFile, Offset } from '../ports/index.ts';
import { partitionOfPath, toFileRecord } from './file-log.ts';
import type { FilePartition } from './file-partition.ts';

/** Entries of one append. */
const MAX_ENTRIES = 1_000;
/** A listing may take this share of the time: a folder of many files is listed less often. */
const MAX_SHARE = 0.1;
/** Changed files that were named in the log already; past this they may be named again. */
const MAX_WARNED = 10_000;

/** What discovery works with. */
export type DiscoveryParts = {
  readonly source: FilesPlan;
  readonly files: FileSource;
  /** Of its own: rows need not wait for a listing. */
  readonly appender: Appender;
  readonly logger: Log;
  readonly clock: Clock;
  readonly everyMs: number;
};

/**
 * Finds files, and has each partition of the file log that this instance owns name those that are its own. Two owners at
 * a time, or an append whose fate is unknown, only make a log name a file twice, which counts once.
 */
export class Discovery {
  readonly #parts: DiscoveryParts;
  readonly #warned = new Map<string, string>();
  /** By partition, the offset of the last entry that was appended and did not come back yet. */
  readonly #awaited = new Map<number, Offset>();
  readonly #due: Due;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
    this.#due = new Due(parts.clock, parts.everyMs);
  }

  /** Whether the folder should be looked at again. */
  get due(): boolean {
    return this.#due.isNow;
  }

  /**
   * Lists the folder, and appends what of the wanted files the partitions do not name yet.
   *
   * @throws MED_FILES_UNAVAILABLE, MED_APPEND_FAILED
   */
  async discover(
    partitions: () => readonly FilePartition[],
    wanted: (listing: FileListing) => readonly FoundFile[],
  ): Promise<FileListing> {
    const { source, files, clock, everyMs } = this.#parts;
    const began = elapsedMs(clock);
    const listing = await files.list(source.path, source.pattern);
    const byPartition = Map.groupBy(wanted(listing), ({ path }) => partitionOfPath(path, source.readers));
    for (const partition of partitions()) {
      const mine = byPartition.get(partition.at.partition) ?? [];
      this.#warn(partition, mine);
      await this.#announce(partition, mine);
    }
    this.#due.done(Math.max(everyMs, (elapsedMs(clock) - began) / MAX_SHARE));
    return listing;
  }

  /** The partition is not this instance's any more. */
  forget(partition: number): void {
    this.#awaited.delete(partition);
  }

  async #announce(partition: FilePartition, mine: readonly FoundFile[]): Promise<void> {
    const { appender, source } = this.#parts;
    // What was appended and has not come back is not in the log that `missing` looks at.
    const awaited = this.#awaited.get(partition.at.partition);
    if (awaited !== undefined && partition.loaded <= awaited) return;
    const missing = partition.log.missing(mine).slice(0, MAX_ENTRIES);
    if (missing.length === 0 || partition.closed) return;
    const batch: AppendBatch = {
      topic: source.filesTopic,
      partition: partition.at.partition,
      records: missing.map(toFileRecord),
    };
    const [first] = await appender.append([batch]);
    this.#awaited.set(partition.at.partition, first! + missing.length - 1);
  }

  /** A file that changed after it was taken is not read again; somebody should know. */
  #warn(partition: FilePartition, mine: readonly FoundFile[]): void {
    for (const { path, version } of mine) {
      const taken = partition.log.lastVersion(path);
      if (taken === null || taken === version || this.#warned.get(path) === version) continue;
      if (this.#warned.size >= MAX_WARNED) this.#warned.clear();
      this.#warned.set(path, version);
      const { code, message } = new MedallionError('MED_FILE_CHANGED', { path });
      this.#parts.logger.warn({ code, path, ...partition.at }, message);
    }
  }
}
