import { type Instant, instant, NEVER } from '@medallion/core';
import { type FileEntry, fromFileRecord } from '../files/file-log.ts';
import type { FoundFile, LogRecord, Offset } from '../ports/index.ts';

/** A state of the whole table: a version of a file, and from when on it is valid. */
export type SnapshotEntry = FileEntry & {
  /** When the file was modified, or a millisecond after the snapshot before it: states follow one another (N2). */
  readonly start: Instant;
};

/**
 * The log of the snapshots of a source, taken in from its start: what it names, and in which order, decides alike for
 * every reader. A record that names the version of its file that the log named last is a repetition (N1): a file that
 * becomes what it was before is another state all the same.
 */
export class SnapshotLog {
  /** Path → the version that was named last. */
  readonly #last = new Map<string, string>();
  #start: Instant = NEVER;
  #loaded: Offset = 0;

  /** The offset after the last record that was taken in. */
  get loaded(): Offset {
    return this.#loaded;
  }

  /** Takes in the next record: the snapshot that it names, or null when it is a repetition or foreign. */
  take(record: LogRecord): SnapshotEntry | null {
    this.#loaded = record.offset + 1;
    const entry = fromFileRecord(record);
    if (entry === null || this.#last.get(entry.path) === entry.version) return null;
    this.#last.set(entry.path, entry.version);
    this.#start = instant(Math.max(entry.modifiedAt, this.#start + 1));
    return { ...entry, start: this.#start };
  }

  /** Those of the files that are another version than the log named last, oldest first. */
  missing(files: readonly FoundFile[]): readonly FoundFile[] {
    return files
      .filter(({ path, version }) => this.#last.get(path) !== version)
      .sort((a, b) => a.modifiedAt - b.modifiedAt || (a.path < b.path ? -1 : 1));
  }
}
