import type { Instant } from '@medallion/core';
import type { FoundFile } from '@medallion/runtime';

/** A file as a storage lists it; it may still be written to. */
export type StoredFile = {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Instant;
  readonly version: string;
};

/** One version of a file, open for reading. */
export interface Content {
  readonly sizeBytes: number;
  /**
   * The bytes from a position on.
   *
   * @throws MED_FILE_UNREADABLE when the version is not there any more, MED_FILES_UNAVAILABLE when it may be later.
   */
  stream(from: number): AsyncIterable<Buffer>;
  /** The bytes of a range, for formats with a footer. Throws as `stream` does. */
  range(from: number, to: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Where files are kept: a folder, or a bucket. */
export interface Storage {
  /** For people. */
  readonly root: string;
  /** Whether a file that is listed is whole, as objects in a bucket are; otherwise it has to settle. */
  readonly atomic: boolean;
  /** All files in the folder and in those below it, in no order. */
  list(path: string): AsyncIterable<StoredFile>;
  /** @throws as Content.stream does. */
  open(file: FoundFile): Promise<Content>;
  close(): Promise<void>;
}
