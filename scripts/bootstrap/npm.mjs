import { BootstrapError, run } from './steps.mjs';

/** The same npm that runs us, where one does; else the one on the PATH. */
const npmCommand = () => {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js') ? { file: process.execPath, prefix: [cli] } : { file: 'npm', prefix: [] };
};

/** What to do about an install's output; the first that matches. @type {readonly (readonly [RegExp, string])[]} */
const remedies = [
  [
    /OUTDATED_LOCKFILE/,
    'a package.json was changed without the lockfile: run npx pnpm@12.21.0 install, and commit pnpm-lock.yaml',
  ],
  [
    /ENOSPC|no space left/i,
    'free some disk space, or set MEDALLION_HOME to a folder on a larger disk, then run the same command again',
  ],
  [
    /EACCES|EPERM|permission denied/i,
    'files here belong to another user: remove node_modules, or run as the user that made it',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|network|socket|fetch|dns/i,
    'the first start needs a network: check it, and the proxy and registry in npm config list, then run it again',
  ],
  [/./, 'see the lines above; run the same command again once they are dealt with'],
];

/**
 * The last lines of a failed install that say something, with the remedy.
 *
 * @param {string} what
 * @param {string} output
 */
export const installFailure = (what, output) => {
  const lines = output.split('\n').filter((line) => line.trim() && !/complete log of this run|npm warn/i.test(line));
  const remedy = remedies.find(([pattern]) => pattern.test(output))?.[1] ?? 'run the same command again';
  return new BootstrapError(`${what} failed:\n${lines.slice(-12).join('\n')}`, remedy);
};

/** Settings of `npm run` itself (its log level, NODE_ENV) must not leak into the installs below. */
export const cleanEnv = () => {
  const { NODE_ENV: _env, npm_config_loglevel: _level, npm_config_production: _prod, ...env } = process.env;
  return env;
};

/**
 * Runs npm quietly in a folder.
 *
 * @param {string} what named in the error
 * @param {readonly string[]} args
 * @param {string} cwd
 */
export const npm = async (what, args, cwd) => {
  const { file, prefix } = npmCommand();
  // Without a network npm would wait for more than a minute before it says so.
  const patience = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const { code, output } = await run(file, [...prefix, ...args, ...patience, '--no-audit', '--no-fund'], {
    cwd,
    env: cleanEnv(),
    quiet: true,
  });
  if (code !== 0) throw installFailure(what, output);
};
