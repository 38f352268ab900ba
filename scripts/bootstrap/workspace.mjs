import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cleanEnv, installFailure } from './npm.mjs';
import { requireSpace } from './space.mjs';
import { run, step } from './steps.mjs';
import { pnpmCommand } from './tools.mjs';

/** The packages of the workspace. */
const WORKSPACE_MB = 500;

/** The checkout. */
export const root = resolve(import.meta.dirname, '../..');

/** Without a network pnpm would go on for minutes before it says so. */
const patience = ['retries=1', 'retry-mintimeout=1000', 'retry-maxtimeout=3000'].map((it) => `--config.fetch-${it}`);

/** Changes when an install would have something to do. */
const fingerprint = () => {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
};

/** Installs the workspace as its lockfile says, unless the last install was of the same one. */
export const install = async () => {
  const stamp = join(root, 'node_modules', '.medallion-installed');
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  requireSpace(root, WORKSPACE_MB, 'free some of it, or clone to a larger disk');
  const pnpm = await pnpmCommand();
  await step('installing the workspace', async () => {
    // CI=true: never ask, there may be nobody to answer.
    const args = [
      ...pnpm.prefix,
      'install',
      '--frozen-lockfile',
      '--prod=false',
      '--reporter=append-only',
      ...patience,
    ];
    const env = { ...cleanEnv(), CI: 'true' };
    const { code, output } = await run(pnpm.file, args, { cwd: root, env, quiet: true });
    if (code !== 0) throw installFailure('installing the workspace', output);
    writeFileSync(stamp, wanted);
  });
};
