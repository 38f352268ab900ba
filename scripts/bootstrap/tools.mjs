import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { installFailure, npm } from './npm.mjs';
import { requireSpace } from './space.mjs';
import { BootstrapError, step } from './steps.mjs';

/** Unpacked, with what npm keeps beside it while it unpacks. */
const TOOLS_MB = 600;

const manifests = resolve(import.meta.dirname, '../tools');

/** Per user, as in libs/devstack/src/folders.ts: a fresh clone fetches nothing again. */
const cacheFolder = () =>
  process.env.MEDALLION_HOME
    ? join(resolve(process.env.MEDALLION_HOME), 'cache')
    : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'medallion');

/** For npm the packages of a platform are optional: it says nothing when it cannot fetch them. @param {string} work */
const requireComplete = (work) => {
  const { packages } = JSON.parse(readFileSync(join(work, 'package-lock.json'), 'utf8'));
  for (const [path, { os, cpu }] of Object.entries(packages)) {
    const isOurs = [os].flat().includes(process.platform) && [cpu].flat().includes(process.arch);
    if (isOurs && !existsSync(join(work, path)))
      throw installFailure('fetching pnpm and Node 24', `${path} is missing: npm could not fetch it from the network`);
  }
};

/** Fetches scripts/tools with npm into the cache, unless it is there; named after the lockfile's hash. */
const toolsFolder = async () => {
  const lock = readFileSync(join(manifests, 'package-lock.json'));
  const name = `tools-${createHash('sha256').update(lock).digest('hex').slice(0, 10)}`;
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  requireSpace(cacheFolder(), TOOLS_MB, 'free some of it, or set MEDALLION_HOME to a folder on a larger disk');
  await step('fetching pnpm and Node 24 (once per user)', async () => {
    mkdirSync(cacheFolder(), { recursive: true });
    const work = mkdtempSync(`${folder}.part-`);
    try {
      for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(manifests, file), join(work, file));
      await npm('fetching pnpm and Node 24', ['ci', '--ignore-scripts', '--include=optional'], work);
      requireComplete(work);
      renameSync(work, folder);
    } catch (error) {
      rmSync(work, { recursive: true, force: true });
      if (!existsSync(folder)) throw error; // else another process was faster: its copy is as good
    }
  });
  return folder;
};

const modern = () => Number(process.versions.node.split('.')[0]) >= 24;

/** Our own node where it is new enough, else the fetched one. */
export const nodeBinary = async () => {
  if (modern()) return process.execPath;
  const folder = join(await toolsFolder(), 'node_modules');
  const candidates = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const binary = candidates.map((name) => join(folder, name, 'bin', 'node')).find((path) => existsSync(path));
  if (binary) return binary;
  throw new BootstrapError(
    `npm has no Node 24 for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}`,
    'install Node 24 or newer and run the same command again',
  );
};

/** The command line of pnpm: its binary, or where npm has none for this platform, what npx finds. */
export const pnpmCommand = async () => {
  const folder = join(await toolsFolder(), 'node_modules', '@pnpm', `exe.${process.platform}-${process.arch}`);
  const binary = join(folder, 'pnpm');
  return existsSync(binary) ? { file: binary, prefix: [] } : { file: 'npx', prefix: ['--yes', 'pnpm@12.21.0'] };
};
