import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

// Debian's promtool: the machine's own, or the program out of its package in a folder of ours, which needs no root.

const run = promisify(execFile);
const TOOLS = resolve(import.meta.dirname, '../../.medallion/tools');
const KEPT = join(TOOLS, 'promtool');
const TIMEOUT_MS = 300_000;
const REMEDY =
  'install promtool (Debian: `apt-get install prometheus`; others: https://prometheus.io/download), or name the program in PROMTOOL_PATH';

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
export async function promtool(): Promise<string> {
  const named = process.env.PROMTOOL_PATH;
  if (named) {
    if (await answers(named)) return named;
    throw new Error(`PROMTOOL_PATH is ${named}, which does not run: ${REMEDY}`);
  }
  if (await answers('promtool')) return 'promtool';
  if (!existsSync(KEPT)) await fetched();
  if (await answers(KEPT)) return KEPT;
  throw new Error(`${KEPT} does not run on this machine: remove it, and ${REMEDY}`);
}

async function fetched(): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) throw new Error(`there is no promtool on this machine: ${REMEDY}`);
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, 'promtool-'));
  try {
    await download(work);
    const deb = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error('apt-get brought no package');
    await run('dpkg-deb', ['-x', join(work, deb), join(work, 'root')], { timeout: TIMEOUT_MS });
    // Whoever else fetches meanwhile brings the same.
    renameSync(join(work, 'root/usr/bin/promtool'), KEPT);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`promtool could not be fetched: ${reason}; ${REMEDY}`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The machine's lists of packages may be absent or old: then with lists of our own, beside. */
async function download(work: string): Promise<void> {
  const apt = (...args: string[]) => run('apt-get', ['-q', ...args], { cwd: work, timeout: TIMEOUT_MS });
  await apt('download', 'prometheus').catch(async () => {
    const lists = join(work, 'lists');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${work}`, '-o', 'Debug::NoLocking=1'];
    await apt(...own, 'update');
    await apt(...own, 'download', 'prometheus');
  });
}

if (import.meta.main) console.log(await promtool());
