import { instant, MedallionError } from '@medallion/core';
import type { FileBatch, FileRow, FileSource, FoundFile } from '@medallion/runtime';

/** A file in memory: JSON objects, or texts that are none. */
export type MemoryFile = readonly (Readonly<Record<string, unknown>> | string)[];

/** What goes wrong; asked at every call. */
export type FileFaults = { readonly unavailable: () => boolean; readonly batchRows: () => number };

/** Files that several instances see. */
export class MemoryFiles {
  readonly #files = new Map<string, { readonly found: FoundFile; readonly rows: MemoryFile }>();
  /** Paths that are still written to, as every instance sees it. */
  readonly settling = new Set<string>();

  put(path: string, rows: MemoryFile): void {
    const version = String((Number(this.#files.get(path)?.found.version) || 0) + 1);
    const found = { path, sizeBytes: rows.length, modifiedAt: instant(0), version };
    this.#files.set(path, { found, rows });
  }

  /** The files as one instance sees them. */
  source({ unavailable, batchRows }: FileFaults): FileSource {
    const files = this.#files;
    const { settling } = this;
    const mayFail = (path: string): void => {
      if (unavailable()) throw new MedallionError('MED_FILES_UNAVAILABLE', { path, reason: 'a fault' });
    };
    return {
      async list(path) {
        mayFail(path);
        const found = [...files.values()].map((each) => each.found).filter((each) => !settling.has(each.path));
        return { files: found.sort((a, b) => (a.path < b.path ? -1 : 1)), settling: [...settling] };
      },
      async *read(file, _format, from): AsyncGenerator<FileBatch> {
        const { rows, found } = files.get(file.path)!;
        if (found.version !== file.version)
          throw new MedallionError('MED_FILE_UNREADABLE', { path: file.path, format: 'json', reason: 'it changed' });
        for (let at = from.row; at < rows.length; ) {
          mayFail(file.path);
          const end = Math.min(rows.length, at + batchRows());
          const batch = rows.slice(at, end).map((value, i): FileRow => {
            const row = at + i;
            return typeof value === 'string'
              ? { row, broken: 'no JSON', line: row + 1, bytes: Buffer.from(value) }
              : { row, value, text: JSON.stringify(value) };
          });
          at = end;
          await Promise.resolve();
          yield { rows: batch, next: { row: at, byte: at * 10, line: at } };
        }
      },
      async close() {},
    };
  }
}
