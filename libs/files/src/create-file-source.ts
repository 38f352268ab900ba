import { fileURLToPath } from 'node:url';
import type { FileSource } from '@medallion/runtime';
import { fileSourceOn } from './file-source.ts';
import { localStorage } from './storage/local-storage.ts';
import { type S3Settings, s3Storage } from './storage/s3-storage.ts';
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
 * @example createFileSource({ root: '/data/landing', settleMs: 2_000 })
 */
export const createFileSource = ({ root, settleMs, s3 }: FileSourceSettings): FileSource =>
  fileSourceOn(storageOf(root, s3 ?? {}), { settleMs });

const storageOf = (root: string, s3: S3Settings): Storage => {
  if (root.startsWith('s3://')) return s3Storage(root, s3);
  return localStorage(root.startsWith('file://') ? fileURLToPath(root) : root);
};
