import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { Environment } from './options.ts';

/** The checkout that this package is part of. */
export const repository = resolve(import.meta.dirname, '../../..');

/** Downloads live per user, not per checkout, so that a fresh clone does not fetch again. */
export const cacheFolder = (env: Environment): string =>
  env.MEDALLION_HOME
    ? join(resolve(env.MEDALLION_HOME), 'cache')
    : join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'medallion');

/** Data of the persistent stack. */
export const dataFolder = (env: Environment): string =>
  join(env.MEDALLION_HOME ? resolve(env.MEDALLION_HOME) : join(repository, '.medallion'), 'data');

/** Where ephemeral stacks make their folders. */
export const temporaryFolder = (env: Environment): string =>
  env.MEDALLION_HOME ? join(resolve(env.MEDALLION_HOME), 'tmp') : tmpdir();

/** The nearest folder above `path`, itself included, that exists. */
export const nearestExisting = (path: string): string => {
  let folder = resolve(path);
  while (!statSync(folder, { throwIfNoEntry: false })) folder = dirname(folder);
  return folder;
};

/** Whether any user may pass through every existing folder above `path`; /root, for one, lets nobody through. */
export const isOpenToAll = (path: string): boolean => {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat && (stat.mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
};

/** A name for `path` below a folder shared by all checkouts: readable, and unique by its hash. */
export const uniqueName = (path: string): string =>
  `${basename(path)}-${createHash('sha256').update(resolve(path)).digest('hex').slice(0, 10)}`;
