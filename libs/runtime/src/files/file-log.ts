import type { Instant } from '@medallion/core';
import type { FoundFile, LogRecord, OutRecord } from '../ports/index.ts';
import { partitionOfKey } from '../protocol/key-partition.ts';

/**
 * The log of the files that a source has found: the order in which they are read, decided once and for all by the
 * offsets of a topic (FilesPlan.filesTopic).
 *
 * A record names one whole file. Its key is the file's path in UTF-8; its value is JSON:
 *
 *     { "v": 1, "path": "orders/2026-01-07.json", "size_bytes": 1048576, "modified_at": 1767744000000, "version": "…" }
 *
 * `modified_at` is in epoch milliseconds. A path is always in the partition that `partitionOfPath` gives it. Several
 * instances may find a file at the same time, and an append may be repeated, so a log can name a file several times:
 * the first record counts, and all later ones are repetitions. Every reader reads the partition from its start and so
 * decides that alike. That is why such a topic is neither compacted nor cut off by retention.
 */

/** The partition in which a file is named. */
export const partitionOfPath = (path: string, partitions: number): number =>
  partitionOfKey(Buffer.from(path), partitions);

/**
 * When two records name the same thing. `path`: each path is taken once, whatever becomes of it later (streams of
 * rows). `version`: each version of each path is taken once (states that replace one another).
 */
export type FileIdentity = 'path' | 'version';

/** A file as a log names it: at the offset of its first record, and when that was written. */
export type FileEntry = FoundFile & { readonly offset: number; readonly foundAt: Instant };

/** The record that names a file. */
export const toFileRecord = (file: FoundFile): OutRecord => ({
  key: Buffer.from(file.path),
  value: Buffer.from(
    JSON.stringify({
      v: 1,
      path: file.path,
      size_bytes: file.sizeBytes,
      modified_at: file.modifiedAt,
      version: file.version,
    }),
  ),
  headers: {},
});

/** Reads a record back; null when it is no such record. */
export function fromFileRecord(record: LogRecord): FileEntry | null {
  try {
    const wire = JSON.parse(record.value?.toString() ?? '') as Record<string, unknown>;
    const { v, path, size_bytes: sizeBytes, modified_at: modifiedAt, version } = wire;
    return v === 1 &&
      typeof path === 'string' &&
      typeof version === 'string' &&
      Number.isSafeInteger(sizeBytes) &&
      Number.isSafeInteger(modifiedAt)
      ? {
          ...{ path, version, sizeBytes: sizeBytes as number, modifiedAt: modifiedAt as Instant },
          ...{ offset: record.offset, foundAt: record.timestampMs as Instant },
        }
      : null;
  } catch {
    return null;
  }
}

/**
 * What one partition of a file log holds, taken in from its start. Memory: a path and a version for each file that was
 * ever found.
 */
export class FileLog {
  readonly #identity: FileIdentity;
  /** Path → the versions that were taken, the last one last. */
  readonly #taken = new Map<string, string | readonly string[]>();

  constructor(identity: FileIdentity) {
    this.#identity = identity;
  }

  /** Files that the log names. */
  get size(): number {
    return this.#taken.size;
  }

  /** Takes in the next record of the partition: the file that it names, or null when it is a repetition or foreign. */
  take(record: LogRecord): FileEntry | null {
    const entry = fromFileRecord(record);
    return entry !== null && this.#add(entry) ? entry : null;
  }

  /** Those of the files that the log does not name yet, in their order. */
  missing(files: readonly FoundFile[]): readonly FoundFile[] {
    return files.filter((file) => !this.#holds(file));
  }

  /** The version of a path that the log names last; null for none. */
  lastVersion(path: string): string | null {
    const versions = this.#taken.get(path);
    return versions === undefined ? null : typeof versions === 'string' ? versions : versions[versions.length - 1]!;
  }

  #holds({ path, version }: FoundFile): boolean {
    const versions = this.#taken.get(path);
    if (versions === undefined) return false;
    return (
      this.#identity === 'path' || (typeof versions === 'string' ? versions === version : versions.includes(version))
    );
  }

  #add(entry: FoundFile): boolean {
    if (this.#holds(entry)) return false;
    const versions = this.#taken.get(entry.path);
    const { path, version } = entry;
    this.#taken.set(
      path,
      versions === undefined ? version : [...(typeof versions === 'string' ? [versions] : versions), version],
    );
    return true;
  }
}
