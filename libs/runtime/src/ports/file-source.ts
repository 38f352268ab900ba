import type { Instant } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';

/** A file that is whole: nobody writes to it any more. */
export type FoundFile = {
  /** Below the root that the source was made with (so with the folder that was listed), with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Instant;
  /** Another one when the content is another (an ETag, or size and time). */
  readonly version: string;
};

/** What a folder holds now. */
export type FileListing = {
  /** Those that are whole, in the order of their paths (by code unit). */
  readonly files: readonly FoundFile[];
  /** The paths of those that match too, but may still be written to: they are whole in a later listing. */
  readonly settling: readonly string[];
};

/** A row of a file as it was found, or why this place in the file is none. */
export type FileRow =
  | {
      /** Counts the rows of the file from 0; a broken one counts. */
      readonly row: number;
      /** JSON values, texts for CSV, the library's values for Parquet (numbers, bigints, dates, buffers, nested ones). */
      readonly value: Readonly<Record<string, unknown>>;
      /** The JSON that it was read from, where it was: what does not fit is rescued from it exactly. */
      readonly text: string | null;
    }
  | { readonly row: number; readonly broken: string; readonly line: number | null; readonly bytes: Buffer };

/** A place between two rows of a file, from which it can be read on. */
export type FileMark = {
  /** The number of the next row. */
  readonly row: number;
  /** The bytes before it; null where nobody knows: then the rows before it are counted. */
  readonly byte: number | null;
  /** The lines before it, for formats that have lines. */
  readonly line: number;
};

/** Consecutive rows of a file, at least one, and where it goes on. */
export type FileBatch = { readonly rows: readonly FileRow[]; readonly next: FileMark };

/** The port to files that land in a folder or a bucket. */
export interface FileSource {
  /**
   * The files in the folder `path` and in folders below it whose names match `pattern`. Names that begin with `.` or
   * `_`, or end like a download under way, are none; nor are empty files. No such folder is an empty one.
   *
   * @throws MED_FILES_UNAVAILABLE
   */
  list(path: string, pattern: string): Promise<FileListing>;
  /**
   * The rows of a file from the mark on, in its order, in batches that bound memory. A mark of an earlier reading of
   * the same version gives exactly the rows that followed it then.
   *
   * @throws MED_FILE_UNREADABLE when the file as a whole is none of its format, gone, or another version by now;
   *   MED_FILES_UNAVAILABLE when trying again may help.
   */
  read(file: FoundFile, format: FileFormat, from: FileMark): AsyncIterable<FileBatch>;
  close(): Promise<void>;
}
