import { FileFault } from './pieces.ts';

/** What a batch is full with. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** As of a line of JSON. */
const MAX_ROW_BYTES = 8 * 1024 * 1024;
/** Of each byte of the file as much as gzip could make of it, and what files of any size may become beside. */
const GROWTH = 1_100;
const FREE_BYTES = 4 * 1024 * 1024 * 1024;

/**
 * How much the rows of a file have become. One text in a dictionary can stand in every row, so a small file can hold more than
 * any disk; it ends where a small file of any other format ends.
 */
export class Grown {
  #left: number;
  #batch = 0;

  constructor(sizeBytes: number) {
    this.#left = FREE_BYTES + GROWTH * sizeBytes;
  }

  /** A batch begins. */
  begin(): void {
    this.#batch = 0;
  }

  /** The batch has enough. */
  get isFull(): boolean {
    return this.#batch >= BATCH_BYTES;
  }

  /** Adds a row of so many bytes. @throws FileFault when it, or all of them together, are larger than rows of such a file are */
  add(bytes: number): void {
    if (bytes > MAX_ROW_BYTES) throw new FileFault(`a row is longer than ${MAX_ROW_BYTES} bytes`);
    this.#batch += bytes;
    this.#left -= bytes;
    if (this.#left < 0) throw new FileFault('its rows are larger than a file of its size can be');
  }
}

/** About the bytes of a value; whatever has no length takes one. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 1;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length + 1;
  let bytes = 1;
  for (const part of Object.values(value)) bytes += sizeOf(part);
  return bytes;
}
