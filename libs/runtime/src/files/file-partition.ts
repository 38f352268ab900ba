import type { FileFormat } from '@medallion/pipeline';
import type { FileSource, LogRecord, Offset, TopicPartition } from '../ports/index.ts';
import { type FileEntry, FileLog } from './file-log.ts';
import { type Chunk, FileReading } from './file-reading.ts';
import { type FilePosition, START_OF_FILE } from './virtual-offset.ts';

/** A chunk with the position behind it. */
export type InHand = { readonly chunk: Chunk; readonly after: FilePosition };

/** Rows that are read ahead: a chunk of any size, or many small files, so that these share an append. */
const READ_AHEAD_ROWS = 2_000;
const READ_AHEAD_CHUNKS = 128;

/**
 * One partition of a file log that this instance was given: which files it names, and how far they were read.
 *
 *   waiting ──an entry──▶ fetching ──▶ ready ──take──▶ in hand ──acknowledged──▶ the position moves
 *      ▲                    │   ▲────────┘
 *      └──no more entries───┘   (the next chunks are fetched while those in hand are appended)
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
  /** Of `#queue`: the file that is read. */
  #readAt = 0;
  #fetching = false;
  #ready: Chunk[] = [];
  #readyRows = 0;
  #inHand = false;
  /** The entry whose end was taken last; when the flow stopped before it, the position is not behind it. */
  #lastTaken: Offset = -1;
  #closed = false;

  constructor(at: TopicPartition, start: FilePosition) {
    this.at = at;
    this.#start = start;
    this.#position = start;
  }

  /** Takes in the next records of the log; entries before the start were done before. */
  load(records: readonly LogRecord[]): void {
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
    const waiting = this.#queue.length === 0 && !this.#inHand && this.#position.entry > this.#lastTaken;
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
    return this.#ready.length > 0 && !this.#closed;
  }

  /** Reads ahead, unless it does so already, or is far enough, or there is no file. `done` is called for each chunk. */
  fetch(files: FileSource, format: FileFormat, done: () => void, failed: (error: unknown) => void): void {
    const entry = this.#queue[this.#readAt];
    if (entry === undefined || this.#fetching || this.#closed) return;
    if (this.#readyRows >= READ_AHEAD_ROWS || this.#ready.length >= READ_AHEAD_CHUNKS) return;
    const mark = entry.offset === this.#start.entry ? this.#start.mark : START_OF_FILE;
    this.#reading ??= new FileReading(files, entry, format, mark);
    this.#fetching = true;
    this.#reading.next().then(
      (chunk) => {
        this.#fetching = false;
        this.#ready.push(chunk);
        if (chunk.kind === 'rows') this.#readyRows += chunk.rows.length;
        else {
          this.#reading = null;
          this.#readAt++;
        }
        done();
        this.fetch(files, format, done, failed);
      },
      (error: unknown) => {
        this.#fetching = false;
        if (!this.#closed) failed(error);
      },
    );
  }

  /** Takes the chunks that are ready; the position moves as they are acknowledged. */
  take(): readonly InHand[] {
    const chunks = this.#ready;
    if (chunks.length === 0) throw new Error('invariant violated: no chunk is ready');
    this.#ready = [];
    this.#readyRows = 0;
    this.#inHand = true;
    return chunks.map((chunk) => {
      if (chunk.kind === 'rows') return { chunk, after: { entry: chunk.entry.offset, mark: chunk.next } };
      this.#queue.shift();
      this.#readAt--;
      this.#lastTaken = chunk.entry.offset;
      return { chunk, after: { entry: chunk.entry.offset + 1, mark: START_OF_FILE } };
    });
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
