import type { FileFormat } from '@medallion/pipeline';
import type { FileSource, LogRecord, Offset, TopicPartition } from '../ports/index.ts';
import { type FileEntry, FileLog } from './file-log.ts';
import { type Chunk, FileReading } from './file-reading.ts';
import { type FilePosition, START_OF_FILE } from './virtual-offset.ts';

/** A chunk with the position behind it. */
export type InHand = { readonly chunk: Chunk; readonly after: FilePosition };

/**
 * One partition of a file log that this instance was given: which files it names, and how far they were read.
 *
 *   waiting ──an entry──▶ fetching ──▶ ready ──takeChunk──▶ fetching … ──the last file's end──▶ waiting
 *                                                  └──acknowledged──▶ the position moves
 *
 * The next chunk is fetched while the one before is appended.
 */
export class FilePartition {
  readonly at: TopicPartition;
  readonly log = new FileLog('path');
  /** The offset after the last record of the log that was taken in. */
  loaded: Offset = 0;
  readonly #start: FilePosition;
  #end: Offset = Number.POSITIVE_INFINITY;
  #position: FilePosition;
  readonly #queue: FileEntry[] = [];
  #reading: FileReading | null = null;
  #fetching = false;
  #ready: Chunk | null = null;
  #inHand = false;
  #closed = false;

  constructor(at: TopicPartition, start: FilePosition) {
    this.at = at;
    this.#start = start;
    this.#position = start;
  }

  /** Takes in the next records of the log; entries before the start were done before. */
  take(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.offset < this.loaded) continue;
      const entry = this.log.take(record);
      this.loaded = record.offset + 1;
      if (entry !== null && entry.offset >= this.#start.entry && entry.offset < this.#end) this.#queue.push(entry);
    }
  }

  /** Entries from this offset on are not read. */
  endAt(end: Offset): void {
    while ((this.#queue.at(-1)?.offset ?? -1) >= end) this.#queue.pop();
    this.#end = end;
  }

  /** All rows before it were processed and acknowledged. */
  get position(): FilePosition {
    // Repetitions and foreign records behind the last entry are passed: there is nothing of them to wait for.
    const waiting = this.#queue.length === 0 && !this.#inHand;
    return waiting
      ? { entry: Math.min(this.#end, Math.max(this.loaded, this.#position.entry)), mark: START_OF_FILE }
      : this.#position;
  }

  /** Files that are not read to their ends, the one that is read now first. */
  get pending(): readonly FileEntry[] {
    return this.#queue;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A chunk can be taken. */
  get ready(): boolean {
    return this.#ready !== null && !this.#closed;
  }

  /** Gets the next chunk, unless there is one, or it is being got, or there is no file. `done` is called when it is there. */
  fetch(files: FileSource, format: FileFormat, done: () => void, failed: (error: unknown) => void): void {
    const entry = this.#queue[0];
    if (entry === undefined || this.#fetching || this.#ready !== null || this.#closed) return;
    const mark = entry.offset === this.#start.entry ? this.#start.mark : START_OF_FILE;
    this.#reading ??= new FileReading(files, entry, format, mark);
    this.#fetching = true;
    this.#reading.next().then(
      (chunk) => {
        this.#fetching = false;
        this.#ready = chunk;
        done();
      },
      (error: unknown) => {
        this.#fetching = false;
        if (!this.#closed) failed(error);
      },
    );
  }

  /** Takes the chunk; the position moves when it is acknowledged. */
  takeChunk(): InHand {
    const chunk = this.#ready;
    if (chunk === null) throw new Error('invariant violated: no chunk is ready');
    this.#ready = null;
    this.#inHand = true;
    if (chunk.kind === 'rows') return { chunk, after: { entry: chunk.entry.offset, mark: chunk.next } };
    this.#reading = null;
    this.#queue.shift();
    return { chunk, after: { entry: chunk.entry.offset + 1, mark: START_OF_FILE } };
  }

  /** What was taken is in the table up to here. */
  acknowledged(position: FilePosition): void {
    this.#inHand = false;
    this.#position = position;
  }

  /** It is another member's now. */
  close(): void {
    this.#closed = true;
    void this.#reading?.close().catch(() => {});
  }
}
