import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LandedFile } from './scenario.ts';

/** The name of a file with the run in it: names of later runs sort after those of earlier ones. */
export const withRun = (path: string, run: string): string =>
  run === '' ? path : path.replace(/_(\d+\.[a-z]+)$/, `_${run}_$1`);

/** Lands a file whole: nobody who looks for files of its pattern ever sees a part of it. */
export async function land(folder: string, { path, bytes }: LandedFile): Promise<void> {
  const target = join(folder, path);
  const unfinished = join(dirname(target), `.${basename(target)}.unfinished`);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(unfinished, bytes);
  await rename(unfinished, target);
}
