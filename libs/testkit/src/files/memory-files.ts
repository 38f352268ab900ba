import { type Instant, instant, MedallionError } from '@medallion/core';
import type { FileBatch, FileListing, FileMark, FileRow, FileSource, FoundFile } from '@medallion/runtime';

type Row = Readonly<Record<string, unknown>>;
type File = FoundFile & { readonly rows: readonly FileRow[]; readonly unreadable: string | null };

/** How a folder in memory behaves; everything has a default. */
export type MemoryFilesOptions = {
  /** Rows of one batch. */
  readonly batchRows?: number;
  /** Asked before each listing and each batch: true makes it fail as a storage that is away does. */
  readonly fails?: () => boolean;
};

/**
 * Files in memory, all of them whole at once. Rows are JSON objects; patterns have `*` for any characters.
 *
 * @example const files = new MemoryFiles(); files.put('customers.json', [{ customer_id: 1 }], instant(0))
 */
export class MemoryFiles implements FileSource {
  readonly #files = new Map<string, File>();
  readonly #options: MemoryFilesOptions;
  #versions = 0;

  constructor(options: MemoryFilesOptions = {}) {
    this.#options = options;
  }

  /** Puts a file in place of what had its path. A text instead of a row is a line that cannot be read. */
  put(path: string, rows: readonly (Row | string)[], modifiedAt: Instant): void {
    const found = rows.map((row, i) => (typeof row === 'string' ? unreadable(row, i) : whole(row, i)));
    this.#put(path, modifiedAt, found, null);
  }

  /** Puts a file of which a row is broken. */
  putBroken(path: string, before: readonly Row[], modifiedAt: Instant): void {
    const broken = { row: before.length, broken: 'it is cut off', line: before.length + 1, bytes: Buffer.from('{"cu') };
    this.#put(path, modifiedAt, [...before.map(whole), broken], null);
  }

  /** Puts a file that cannot be read from some row on. */
  putUnreadable(path: string, before: readonly Row[], modifiedAt: Instant): void {
    this.#put(path, modifiedAt, before.map(whole), 'it ends too early');
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  async list(path: string, pattern: string): Promise<FileListing> {
    this.#mayFail(path);
    const names = new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
    const inside = path === '' ? '' : `${path}/`;
    const found = [...this.#files.values()].filter(
      (file) => file.path.startsWith(inside) && names.test(file.path.slice(file.path.lastIndexOf('/') + 1)),
    );
    const files = found.map(({ path, sizeBytes, modifiedAt, version }) => ({ path, sizeBytes, modifiedAt, version }));
    return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), settling: [] };
  }

  async *read(
    { path, version }: FoundFile,
    format: { readonly kind: string },
    from: FileMark,
  ): AsyncGenerator<FileBatch> {
    const { batchRows = 3 } = this.#options;
    const unreadable = (reason: string) =>
      new MedallionError('MED_FILE_UNREADABLE', { path, format: format.kind, reason });
    for (let row = from.row; ; row += batchRows) {
      this.#mayFail(path);
      const file = this.#files.get(path);
      if (file === undefined) throw unreadable('it is gone');
      if (file.version !== version) throw unreadable('it is another version by now');
      const rows = file.rows.slice(row, row + batchRows);
      const next = Math.min(row + batchRows, file.rows.length);
      if (rows.length > 0) yield { rows, next: { row: next, byte: null, line: next } };
      if (row + batchRows < file.rows.length) continue;
      if (file.unreadable !== null) throw unreadable(file.unreadable);
      return;
    }
  }

  async close(): Promise<void> {}

  #put(path: string, modifiedAt: Instant, rows: readonly FileRow[], unreadable: string | null): void {
    const version = `v${this.#versions++}`;
    this.#files.set(path, {
      path,
      sizeBytes: rows.length + 1,
      modifiedAt: instant(modifiedAt),
      version,
      rows,
      unreadable,
    });
  }

  #mayFail(path: string): void {
    if (this.#options.fails?.() === true)
      throw new MedallionError('MED_FILES_UNAVAILABLE', { path, reason: 'it is away' });
  }
}

const unreadable = (text: string, row: number): FileRow => ({
  ...{ row, broken: 'it is no row of its format', line: row + 1, bytes: Buffer.from(text) },
});
const whole = (value: Row, row: number): FileRow => ({ row, value, text: textOf(value) });
/** The JSON that a row was read from; null where a library gave values that JSON has not. */
const textOf = (value: Row): string | null =>
  Object.values(value).some((each) => typeof each === 'bigint') ? null : JSON.stringify(value);
