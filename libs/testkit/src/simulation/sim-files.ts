import { isMedallionError, MedallionError, messageOf } from '@medallion/core';
import type { FileBatch, FileListing, FileSource } from '@medallion/runtime';
import { MemoryFiles } from '../files/memory-files.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './sim-process.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** A folder that all processes see: files in it are still being written for a while, and are listed as that. */
export class SimFolder extends MemoryFiles {
  readonly #settling = new Set<string>();

  /** Somebody writes to the file, and it is not whole. */
  settling(path: string): void {
    this.#settling.add(path);
  }

  settled(path: string): void {
    this.#settling.delete(path);
  }

  override async list(path: string, pattern: string): Promise<FileListing> {
    const { files } = await super.list(path, pattern);
    return {
      files: files.filter((file) => !this.#settling.has(file.path)),
      settling: files.map((file) => file.path).filter((each) => this.#settling.has(each)),
    };
  }
}

/** What files are reached by. */
export type FilesParts = { readonly process: SimProcess; readonly network: Network; readonly folder: SimFolder };

/** Files as one process sees them: every listing and every batch is a request to where they are kept. */
export function simFiles({ process, network, folder }: FilesParts): FileSource {
  const ask = async <T>(what: string, path: string, serve: () => Promise<T>): Promise<T> => {
    try {
      return await network.call(process, {
        to: 'files',
        what: `${what} ${path}`,
        serve,
        timeoutMs: REQUEST_TIMEOUT_MS,
      });
    } catch (error) {
      if (isMedallionError(error)) throw error;
      throw new MedallionError('MED_FILES_UNAVAILABLE', { path, reason: messageOf(error) }, { cause: error });
    }
  };
  return {
    list: (path, pattern) => ask('list', path, () => folder.list(path, pattern)),
    async *read(file, format, from): AsyncGenerator<FileBatch> {
      const batches = folder.read(file, format, from)[Symbol.asyncIterator]();
      for (;;) {
        // A batch whose answer is lost is not read twice: whoever reads begins anew, from his last mark. A request that
        // arrives twice is one for the same bytes.
        let batch: Promise<IteratorResult<FileBatch>> | null = null;
        const { done, value } = await ask('read', file.path, () => {
          batch ??= batches.next();
          return batch;
        });
        if (done === true) return;
        yield value;
      }
    },
    async close() {},
  };
}
