import { instant } from '@medallion/core';
import type { Storage, StoredFile } from '../../../libs/files/src/storage/storage.ts';

/** As the storages of the services hand files on: in pieces. */
const CHUNK_BYTES = 256 * 1024;

/** Files in memory, whole at once, as a bucket has them. Readers get copies: they may change what they are given. */
export class MemoryStorage implements Storage {
  readonly root = 'memory';
  readonly atomic = true;
  readonly #files = new Map<string, Buffer>();

  put(path: string, bytes: Buffer): StoredFile {
    this.#files.set(path, bytes);
    return this.#stored(path, bytes);
  }

  async *list(path: string): AsyncGenerator<StoredFile> {
    for (const [name, bytes] of this.#files) if (name.startsWith(`${path}/`)) yield this.#stored(name, bytes);
  }

  async open({ path }: { readonly path: string }) {
    const bytes = this.#files.get(path) ?? Buffer.alloc(0);
    return {
      sizeBytes: bytes.length,
      async *stream(from: number) {
        for (let at = from; at < bytes.length; at += CHUNK_BYTES)
          yield Buffer.from(bytes.subarray(at, at + CHUNK_BYTES));
      },
      async range(from: number, to: number) {
        // Who asks for what is not there has believed the file.
        if (!(from >= 0 && from <= to && to <= bytes.length)) throw new Error(`no bytes from ${from} to ${to}`);
        return Buffer.from(bytes.subarray(from, to));
      },
      async close() {},
    };
  }

  async close(): Promise<void> {}

  #stored(path: string, bytes: Buffer): StoredFile {
    return { path, sizeBytes: bytes.length, modifiedAt: instant(0), version: '1' };
  }
}
