import type { Instant } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';

/** A file that is whole: nobody writes to it any more. */
export type FoundFile = {
  /** Below the source's root, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Instant;
  /** Another one when the content is another (an ETag, or size and time). */
  readonly version: string;
};

/** A row of a file as it was found, or why this place in the file is none. */
export type FileRow =
  | {
      /** Counts the rows of the file from 0; a broken one counts. */
      readonly row: number;
      readonly value: Readonly<Record<string, unknown>>;
      /** As it was written, where the format is text; what does not fit is rescued from it exactly. */
      readonly text: string | null;
    }
  | { readonly row: number; readonly broken: string; readonly line: number | null; readonly bytes: Buffer };

/** The port to files that land in a folder or a bucket. */
export interface FileSource {
  /** The whole files below `path` whose names match, in the order of their paths. */
  list(path: string, pattern: string): Promise<readonly FoundFile[]>;
  /**
   * The rows of a file from the row numbered `from` on, in its order, in batches that bound memory.
   *
   * @throws MED_FILE_UNREADABLE when the file as a whole is none of its format, or gone.
   */
  read(file: FoundFile, format: FileFormat, from: number): AsyncIterable<readonly FileRow[]>;
  close(): Promise<void>;
}
