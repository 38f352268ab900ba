import { fileURLToPath } from 'node:url';
import type { FileSource } from '@medallion/runtime';
import { fileSourceOn } from './file-source.ts';
import { localStorage } from './storage/local-storage.ts';
import type { S3Settings } from './storage/s3-storage.ts';
import type { Storage } from './storage/storage.ts';

/** Where files land, and when they are whole. */
export type FileSourceSettings = {
  /** A path, `file:///path`, or `s3://bucket/prefix`. */
  readonly root: string;
  /** In milliseconds: a file in a folder counts as whole when it was the same in two listings so far apart. */
  readonly settleMs: number;
  /** For a bucket. */
  readonly s3?: S3Settings;
};

/**
 * The files below a folder or in a bucket. Nothing is connected before it is used.
 *
 * @example await createFileSource({ root: '/data/landing', settleMs: 2_000 })
 */
export const createFileSource = async ({ root, settleMs, s3 }: FileSourceSettings): Promise<FileSource> =>
  fileSourceOn(await storageOf(root, s3 ?? {}), { settleMs });

async function storageOf(root: string, s3: S3Settings): Promise<Storage> {
  // The client of buckets takes 10 MB, which those who read a folder should not hold.
  if (root.startsWith('s3://')) return (await import('./storage/s3-storage.ts')).s3Storage(root, s3);
  return localStorage(root.startsWith('file://') ? fileURLToPath(root) : root);
}
