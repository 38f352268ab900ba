import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

// Debian's promtool and amtool: the machine's own, or the program out of its package in a folder of ours, which needs no root.

const run = promisify(execFile);
const TOOLS = resolve(import.meta.dirname, '../../.medallion/tools');
const TIMEOUT_MS = 300_000;
/** A program, the package of Debian that has it, and the variable that names another one. */
type Tool = { readonly name: string; readonly from: string; readonly variable: string };
const PROMTOOL: Tool = { name: 'promtool', from: 'prometheus', variable: 'PROMTOOL_PATH' };
const AMTOOL: Tool = { name: 'amtool', from: 'prometheus-alertmanager', variable: 'AMTOOL_PATH' };
const remedy = ({ name, from, variable }: Tool): string =>
  `install ${name} (Debian: \`apt-get install ${from}\`; others: https://prometheus.io/download), or name the program in ${variable}`;

const answers = (path: string): Promise<boolean> =>
  run(path, ['--version'], { timeout: 30_000 }).then(
    () => true,
    () => false,
  );

/**
 * The path of a promtool that runs: PROMTOOL_PATH, one of the machine, or Debian's, fetched once into .medallion/tools.
 *
 * @throws Error that says what to do where there is none and none can be fetched
 * @example const { stdout } = await promisify(execFile)(await promtool(), ['check', 'rules', file])
 */
export const promtool = (): Promise<string> => tool(PROMTOOL);

/**
 * The path of an amtool that runs, found and fetched as promtool is.
 *
 * @throws Error that says what to do where there is none and none can be fetched
 * @example await promisify(execFile)(await amtool(), ['check-config', file])
 */
export const amtool = (): Promise<string> => tool(AMTOOL);

async function tool(of: Tool): Promise<string> {
  const named = process.env[of.variable];
  if (named) {
    if (await answers(named)) return named;
    throw new Error(`${of.variable} is ${named}, which does not run: ${remedy(of)}`);
  }
  if (await answers(of.name)) return of.name;
  const kept = join(TOOLS, of.name);
  if (!existsSync(kept)) await fetched(of);
  if (await answers(kept)) return kept;
  throw new Error(`${kept} does not run on this machine: remove it, and ${remedy(of)}`);
}

async function fetched(of: Tool): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) throw new Error(`there is no ${of.name} on this machine: ${remedy(of)}`);
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, `${of.name}-`));
  try {
    await download(work, of.from);
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error('apt-get brought no package');
    await run('dpkg-deb', ['-x', join(work, deb), join(work, 'root')], { timeout: TIMEOUT_MS });
    // Whoever else fetches meanwhile brings the same.
    renameSync(join(work, 'root/usr/bin', of.name), join(TOOLS, of.name));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${of.name} could not be fetched: ${reason}; ${remedy(of)}`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The machine's lists of packages may be absent or old: then with lists of our own, beside. */
async function download(work: string, from: string): Promise<void> {
  const apt = (...args: string[]) => run('apt-get', ['-q', ...args], { cwd: work, timeout: TIMEOUT_MS });
  await apt('download', from).catch(async () => {
    const lists = join(work, 'lists');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${work}`, '-o', 'Debug::NoLocking=1'];
    await apt(...own, 'update');
    await apt(...own, 'download', from);
  });
}

if (import.meta.main) console.log(await promtool());
