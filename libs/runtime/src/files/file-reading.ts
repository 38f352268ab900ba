import { isMedallionError } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';
import type { FileBatch, FileMark, FileRow, FileSource } from '../ports/index.ts';
import type { FileEntry } from './file-log.ts';
import { ROWS_PER_FILE } from './virtual-offset.ts';

/** What comes next of a file: rows, its end, or that the rest of it cannot be read. */
export type Chunk =
  | { readonly kind: 'rows'; readonly entry: FileEntry; readonly rows: readonly FileRow[]; readonly next: FileMark }
  | { readonly kind: 'end'; readonly entry: FileEntry }
  | { readonly kind: 'unreadable'; readonly entry: FileEntry; readonly row: number; readonly reason: string };

/** One file, read chunk by chunk from a mark on. */
export class FileReading {
  readonly entry: FileEntry;
  readonly #batches: AsyncIterator<FileBatch>;
  #row: number;

  constructor(files: FileSource, entry: FileEntry, format: FileFormat, from: FileMark) {
    this.entry = entry;
    this.#row = from.row;
    this.#batches = files.read(entry, format, from)[Symbol.asyncIterator]();
  }

  /**
   * The next chunk; after the end, or when the rest cannot be read, there is none.
   *
   * @throws MED_FILES_UNAVAILABLE
   */
  async next(): Promise<Chunk> {
    const { entry } = this;
    try {
      const { done, value } = await this.#batches.next();
      if (done) return { kind: 'end', entry };
      this.#row = value.next.row;
      if (this.#row > ROWS_PER_FILE)
        return { kind: 'unreadable', entry, row: ROWS_PER_FILE - 1, reason: 'it has too many rows' };
      return { kind: 'rows', entry, ...value };
    } catch (error) {
      if (!isMedallionError(error) || error.code !== 'MED_FILE_UNREADABLE') throw error;
      const { reason } = error.details as { readonly reason: string };
      return { kind: 'unreadable', entry, row: this.#row, reason };
    }
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#batches.return?.();
  }
}
