import type { FileMark } from '@medallion/runtime';

/** A part of a text file that holds at most one row: where it is in the bytes at hand, and what is wrong with it. */
export type Piece = {
  readonly start: number;
  readonly end: number;
  /** Where the next piece begins. */
  readonly next: number;
  /** Why the text is no row; null when it may be one. */
  readonly broken: string | null;
};

/**
 * Finds the piece that begins at `from`, which is below `bytes.length`; null when it needs more bytes, and it never does
 * when these are the last ones. What it finds depends on the bytes from `from` on alone, never on how many of them are
 * at hand, so that a file is cut alike from every mark.
 *
 * @throws FileFault when no more pieces can be told apart.
 */
export type Cut = (bytes: Buffer, from: number, last: boolean) => Piece | null;

/** The rest of a file is none of its format. */
export class FileFault extends Error {}

/** What a chunk of a stream has become, and the mark behind it. */
export type Taken<T> = { readonly rows: readonly T[]; readonly next: FileMark };

/** Makes a row of a piece; null when it is none at all, as a blank line. */
export type Take<T> = (bytes: Buffer, piece: Piece, row: number, line: number) => T | null;

/**
 * Cuts a stream into pieces and makes each of them a row, a chunk at a time: memory is a chunk, and the one piece that
 * reaches over chunks.
 */
export async function* cutRows<T>(
  stream: AsyncIterable<Buffer>,
  cut: Cut,
  from: FileMark & { readonly byte: number },
  take: Take<T>,
): AsyncGenerator<Taken<T>> {
  let { row, byte, line } = from;
  let rest: Buffer = Buffer.alloc(0);
  let fault: FileFault | null = null;

  const drain = (bytes: Buffer, last: boolean): T[] => {
    const rows: T[] = [];
    let at = 0;
    while (at < bytes.length) {
      const piece = cutOrFault(bytes, at, last);
      if (piece === null) break;
      const taken = take(bytes, piece, row, line + 1 + newlines(bytes, at, piece.start));
      line += newlines(bytes, at, piece.next);
      byte += piece.next - at;
      at = piece.next;
      if (taken === null) continue;
      rows.push(taken);
      row++;
    }
    rest = bytes.subarray(at);
    return rows;
  };
  // Rows that were found before the fault come first.
  const cutOrFault = (bytes: Buffer, at: number, last: boolean): Piece | null => {
    try {
      return cut(bytes, at, last);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      fault = new FileFault(`${error.message} (line ${line + 1}, byte ${byte})`);
      return null;
    }
  };

  for await (const chunk of stream) {
    const rows = drain(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), false);
    if (rows.length > 0) yield { rows, next: { row, byte, line } };
    if (fault !== null) throw fault;
  }
  const rows = drain(rest, true);
  if (rows.length > 0) yield { rows, next: { row, byte, line } };
  if (fault !== null) throw fault;
}

const NEWLINE = 10;

/** How many lines end in a part of the bytes. */
function newlines(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at !== -1 && at < to; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Where the line that begins at `from` ends, without its line break, and where the next begins; null for no line break. */
export function lineAt(bytes: Buffer, from: number): { readonly end: number; readonly next: number } | null {
  const at = bytes.indexOf(NEWLINE, from);
  if (at === -1) return null;
  return { end: at > from && bytes[at - 1] === 13 ? at - 1 : at, next: at + 1 };
}
