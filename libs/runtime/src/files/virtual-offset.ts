import type { FileMark, Offset } from '../ports/index.ts';

/**
 * A row of a file as the offset of a record. The rows of all files that a partition of a file log names are one sequence:
 * entry 12, row 34 is 12 000 000 034. So what a row becomes has coordinates like any other record, with the index left
 * for the rows that an `explode` makes of it, and they stay in order as rows are read.
 *
 * Bounds: a thousand million rows a file, nine million files a partition.
 */
export const ROWS_PER_FILE = 1_000_000_000;

/** Where a flow is in a partition of a file log. */
export type FilePosition = {
  /** The offset of the entry that is read now, or is read next. */
  readonly entry: Offset;
  /** Where in its file. */
  readonly mark: FileMark;
};

/** The start of any file. */
export const START_OF_FILE: FileMark = Object.freeze({ row: 0, byte: 0, line: 0 });

/** The offset that a row has. */
export const rowOffset = (entry: Offset, row: number): Offset => entry * ROWS_PER_FILE + row;

/** The entry and row of an offset, for people. */
export const rowAt = (offset: Offset): { readonly entry: Offset; readonly row: number } => ({
  entry: Math.floor(offset / ROWS_PER_FILE),
  row: offset % ROWS_PER_FILE,
});
