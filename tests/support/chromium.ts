import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installChromium, UNPACKED } from './install-chromium.ts';

/** A browser that can be started: its program, and what its environment needs beside ours. */
export type Chromium = { readonly path: string; readonly env: Readonly<Record<string, string>> };

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The browser of this machine: that of CHROMIUM_PATH, one on the PATH, or the one that was unpacked here; null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): Chromium | null {
  const named = env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') {
    if (!isProgram(named)) throw new Error(`CHROMIUM_PATH is ${named}, which is no program`);
    return { path: named, env: {} };
  }
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const path = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
  if (path !== undefined) return { path, env: {} };
  return isProgram(UNPACKED.path) ? UNPACKED : null;
}

/**
 * The browser of this machine; where there is none, Debian's is installed.
 *
 * @throws Error with what to do, where that cannot be.
 */
export async function chromium(): Promise<Chromium> {
  return findChromium() ?? (await installChromium().then(() => findChromium())) ?? failed();
}

const failed = (): never => {
  throw new Error('Chromium was installed, and is not found: name its program in CHROMIUM_PATH');
};
