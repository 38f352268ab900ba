import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Chromium } from './chromium.ts';

// Debian's browser, by its package manager: installed by who may, unpacked into a folder of ours by everybody else.

const FOLDER = resolve(import.meta.dirname, '../../.medallion/chromium');
const TIMEOUT_MS = 300_000;
const TRIPLET: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const LIBRARIES = ['usr/lib', 'lib'].map((each) => join(FOLDER, each, TRIPLET[process.arch] ?? process.arch));

/** The browser that was unpacked here, if it was. */
export const UNPACKED: Chromium = {
  path: join(FOLDER, 'usr/lib/chromium/chromium'),
  env: {
    LD_LIBRARY_PATH: LIBRARIES.join(':'),
    XDG_DATA_DIRS: `${join(FOLDER, 'usr/share')}:/usr/local/share:/usr/share`,
    // Where the machine has fonts of its own, its configuration names them.
    ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_SYSROOT: FOLDER }),
  },
};

const REMEDY =
  'install a Chromium (Debian: `apt-get install chromium`), or name the program of one in CHROMIUM_PATH; the browser tests need it';

/** @throws Error with what to do where there is no Debian, no network, or no right to it. */
export async function installChromium(): Promise<void> {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get'))
    throw new Error(`there is no Chromium on this machine: ${REMEDY}`);
  try {
    await (process.getuid?.() === 0 ? installed() : unpacked());
  } catch (error) {
    throw new Error(`Chromium could not be installed: ${error instanceof Error ? error.message : error}; ${REMEDY}`);
  }
}

/** Somebody else may be installing: apt waits for its lock. */
async function installed(): Promise<void> {
  const options = ['-o', `DPkg::Lock::Timeout=${TIMEOUT_MS / 1_000}`, '-q', '-y', '--no-install-recommends'];
  const install = () => run('apt-get', [...options, 'install', 'chromium']);
  // The lists may be absent, or older than what the mirror has now.
  await install().catch(async () => {
    await run('apt-get', ['-q', 'update']);
    await install();
  });
}

/** Packages that are not installed here, with their libraries, side by side; nothing outside the folder is changed. */
async function unpacked(): Promise<void> {
  mkdirSync(dirname(FOLDER), { recursive: true });
  const work = mkdtempSync(`${FOLDER}-`);
  try {
    const own = aptFolders(work);
    await run('apt-get', [...own, '-q', 'update']);
    const plan = await run('apt-get', [...own, '-s', '--no-install-recommends', 'install', 'chromium']);
    const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!);
    if (packages.length === 0) throw new Error('apt-get plans to install nothing');
    await run('apt-get', [...own, '-q', 'download', ...packages], work);
    const root = join(work, 'root');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb')))
      await run('dpkg-deb', ['-x', join(work, file), root]);
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(root, FOLDER);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Lists and packages in a folder of ours; what is installed is asked of the machine. */
function aptFolders(work: string): readonly string[] {
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(work, name), { recursive: true });
  return [
    ...['-o', `Dir::State::Lists=${join(work, 'lists')}`],
    ...['-o', `Dir::Cache=${work}`],
    ...['-o', `Dir::Cache::Archives=${join(work, 'archives')}`],
    ...['-o', 'Debug::NoLocking=1'],
  ];
}

/** What the command printed. Throws with the end of it when it fails. */
function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${command} ${args.at(-1)}: ${output.trim().slice(-600)}`)),
    );
  });
}
