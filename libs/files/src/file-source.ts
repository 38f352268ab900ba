import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isMedallionError, MedallionError, messageOf } from '@medallion/core';
import type { FileFormat } from '@medallion/pipeline';
import type { FileBatch, FileMark, FileSource, FoundFile } from '@medallion/runtime';
import { fileNames } from './file-names.ts';
import { FileFault } from './readers/pieces.ts';
import { type Bytes, readCsv, readJson, readJsonLines } from './readers/text.ts';
import { Settling } from './settling.ts';
import type { Content, Storage, StoredFile } from './storage/storage.ts';

/** How a file source finds files. */
export type FileSourceOptions = {
  /** A file on a disk counts as whole when it was the same in two listings so far apart. */
  readonly settleMs: number;
};

/** Files in a storage behind the engine's port. */
export function fileSourceOn(storage: Storage, { settleMs }: FileSourceOptions): FileSource {
  // Each listing settles by itself: two flows may list the same folder at different times.
  const settling = new Map<string, Settling>();
  return {
    async list(path, pattern) {
      const matches = fileNames(path, pattern);
      const found: StoredFile[] = [];
      for await (const file of storage.list(path)) if (file.sizeBytes > 0 && matches(file.path)) found.push(file);
      found.sort((a, b) => (a.path < b.path ? -1 : 1));
      if (storage.atomic) return { files: found, settling: [] };
      const key = `${path}\n${pattern}`;
      const known = settling.get(key) ?? new Settling(settleMs);
      settling.set(key, known);
      const files = known.whole(found, performance.now());
      const whole = new Set(files);
      return { files, settling: found.filter((file) => !whole.has(file)).map(({ path: each }) => each) };
    },

    async *read(file, format, from) {
      const content = await storage.open(file);
      try {
        yield* rowsOf(content, file, format, from);
      } catch (error) {
        if (isMedallionError(error) && error.code !== 'MED_FILE_UNREADABLE') throw error;
        const reason = isMedallionError(error)
          ? String((error.details as { reason: string }).reason)
          : messageOf(error);
        if (!isMedallionError(error) && !(error instanceof FileFault)) throw error;
        throw new MedallionError(
          'MED_FILE_UNREADABLE',
          { path: file.path, format: format.kind, reason },
          { cause: error },
        );
      } finally {
        await content.close();
      }
    },

    close: () => storage.close(),
  };
}

async function* rowsOf(
  content: Content,
  file: FoundFile,
  format: FileFormat,
  from: FileMark,
): AsyncGenerator<FileBatch> {
  if (format.kind === 'parquet') yield* (await import('./readers/parquet.ts')).readParquet(content, from);
  else if (from.byte !== null) yield* textRows(content, file, format, { ...from, byte: from.byte });
  else
    for await (const { rows, next } of textRows(content, file, format, { row: 0, byte: 0, line: 0 })) {
      // A place that is known by its row alone: the rows before it are read again.
      const following = rows.filter(({ row }) => row >= from.row);
      if (following.length > 0) yield { rows: following, next };
    }
}

type TextMark = FileMark & { readonly byte: number };

function textRows(
  content: Content,
  { path }: FoundFile,
  format: Exclude<FileFormat, { kind: 'parquet' }>,
  mark: TextMark,
): AsyncGenerator<FileBatch> {
  const bytes = path.toLowerCase().endsWith('.gz') ? gunzipped(content) : (at: number) => content.stream(at);
  switch (format.kind) {
    case 'json_lines':
      return readJsonLines(bytes, mark);
    case 'json':
      return readJson(bytes, mark);
    case 'csv':
      return readCsv(bytes, mark, format.delimiter);
  }
}

/** Positions are those of the text: to go on from one, all before it is unpacked again, and not looked at. */
const gunzipped = (content: Content): Bytes =>
  async function* (from) {
    const gunzip = createGunzip({ chunkSize: 256 * 1024 });
    let failed: unknown = null;
    pipeline(content.stream(0), gunzip, (error) => {
      failed ??= error;
    });
    let skip = from;
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        if (chunk.length > skip) yield chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
      }
    } catch (error) {
      if (isMedallionError(failed)) throw failed;
      if (isMedallionError(error)) throw error;
      throw new FileFault(`it cannot be unpacked: ${messageOf(error)}`);
    } finally {
      gunzip.destroy();
    }
  };
