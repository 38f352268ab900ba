import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { instant, MedallionError, messageOf } from '@medallion/core';
import type { Content, Storage, StoredFile } from './storage.ts';

const CHUNK_BYTES = 256 * 1024;
/** Files whose size and time are asked for at the same time. */
const STATS_AT_ONCE = 32;

/** Size and time of change: a writer that keeps both, byte for byte as long, is not noticed. */
const versionOf = ({ size, mtimeNs }: BigIntStats): string => `${size}-${mtimeNs}`;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const isGone = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

/** Files of a folder on this machine, or one that is mounted on every instance. */
export function localStorage(root: string): Storage {
  const unavailable = (path: string, error: unknown): MedallionError =>
    new MedallionError('MED_FILES_UNAVAILABLE', { path, reason: messageOf(error) }, { cause: error });

  async function described(path: string): Promise<StoredFile | null> {
    try {
      const stats = await stat(join(root, path), { bigint: true });
      if (!stats.isFile()) return null;
      const modifiedAt = instant(Number(stats.mtimeMs));
      return { path, sizeBytes: Number(stats.size), modifiedAt, version: versionOf(stats) };
    } catch (error) {
      if (isGone(error)) return null; // since the folder was read
      throw unavailable(path, error);
    }
  }

  async function* below(folder: string): AsyncGenerator<string> {
    let entries: Awaited<ReturnType<typeof entriesOf>>;
    try {
      entries = await entriesOf(join(root, folder));
    } catch (error) {
      if (isGone(error)) return;
      throw unavailable(folder, error);
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* below(path);
      // A link counts as what it leads to, but folders behind links are not followed: they can lead round.
      else if (entry.isFile() || entry.isSymbolicLink()) yield path;
    }
  }

  return {
    root,
    atomic: false,
    async *list(path) {
      let paths: string[] = [];
      for await (const each of below(path)) {
        paths.push(each);
        if (paths.length < STATS_AT_ONCE) continue;
        for (const file of await Promise.all(paths.map(described))) if (file !== null) yield file;
        paths = [];
      }
      for (const file of await Promise.all(paths.map(described))) if (file !== null) yield file;
    },
    async open(file) {
      let handle: FileHandle;
      try {
        handle = await open(join(root, file.path), 'r');
      } catch (error) {
        if (isGone(error)) throw unreadable(file.path, 'it is not there any more');
        // Rights may be given a moment after a file is moved in; no answer is not the file's fault.
        throw unavailable(file.path, error);
      }
      const content = localContent(handle, file);
      try {
        await content.check();
      } catch (error) {
        await handle.close();
        throw error;
      }
      return content;
    },
    async close() {},
  };
}

const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true });

const unreadable = (path: string, reason: string): MedallionError =>
  new MedallionError('MED_FILE_UNREADABLE', { path, format: 'a file', reason });

/** The open file stays the same one when another takes its name; when somebody writes into it, its version says so. */
function localContent(handle: FileHandle, file: StoredFile): Content & { check(): Promise<void> } {
  const check = async (): Promise<void> => {
    if (versionOf(await handle.stat({ bigint: true })) !== file.version)
      throw unreadable(file.path, 'it has changed since it was found');
  };
  const failed = (error: unknown): unknown =>
    error instanceof MedallionError
      ? error
      : new MedallionError('MED_FILES_UNAVAILABLE', { path: file.path, reason: messageOf(error) }, { cause: error });
  return {
    sizeBytes: file.sizeBytes,
    check,
    async *stream(from) {
      try {
        for (let at = from; at < file.sizeBytes; ) {
          const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, file.sizeBytes - at));
          const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
          await check(); // before anybody sees bytes of another version
          if (bytesRead === 0) throw unreadable(file.path, 'it is shorter than it was');
          at += bytesRead;
          yield chunk.subarray(0, bytesRead);
        }
      } catch (error) {
        throw failed(error);
      }
    },
    async range(from, to) {
      try {
        const bytes = Buffer.allocUnsafe(to - from);
        for (let at = 0; at < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
          if (bytesRead === 0) throw unreadable(file.path, 'it is shorter than it was');
          at += bytesRead;
        }
        await check();
        return bytes;
      } catch (error) {
        throw failed(error);
      }
    },
    close: () => handle.close(),
  };
}
