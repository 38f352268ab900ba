import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';
import type { Outcome } from './terraform.ts';

/** The version of checkov that the exceptions were written for. */
const CHECKOV = '3.3.30';

/** An exception to a policy, as it is written in a module. */
export type Exception = { readonly file: string; readonly policy: string; readonly reason: string };

/** Every exception of the modules. */
export const exceptions = (terraform: string): readonly Exception[] =>
  globSync('{modules,examples}/**/*.tf', { cwd: terraform })
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(join(terraform, file), 'utf8').matchAll(/#checkov:skip=([A-Z0-9_]+):?(.*)$/gm)].map(
        ([, policy = '', reason = '']) => ({ file, policy, reason: reason.trim() }),
      ),
    );

/** Brings checkov from PyPI into a folder of its own, once. `null`, or why it is not there. */
const bring = async (tools: string): Promise<string | null> => {
  const folder = join(tools, `checkov-${CHECKOV}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'bin', 'checkov'))) return null;
  const made = await run('python3', ['-m', 'venv', folder], { cwd: tools });
  if (made === null) return 'there is no python3 here';
  if (made.code !== 0) return `python3 -m venv: ${made.output.slice(-300)}`;
  const installed = await run(python, ['-m', 'pip', 'install', '--quiet', `checkov==${CHECKOV}`], { cwd: tools });
  return installed?.code === 0 ? null : `pip install checkov: ${installed?.output.slice(-300) ?? 'no pip'}`;
};

/** Static policies over all modules and examples. */
export const policies = async (terraform: string, tools: string): Promise<readonly Outcome[]> => {
  const check = `policies (checkov ${CHECKOV})`;
  const missing = await bring(tools);
  if (missing !== null) return [{ check, outcome: 'not run', says: missing }];
  const folder = join(tools, `checkov-${CHECKOV}`, 'bin');
  const args = ['--directory', terraform, '--framework', 'terraform', '--compact', '--quiet', '--skip-download'];
  const ran = await run(join(folder, 'python'), [join(folder, 'checkov'), ...args], {
    cwd: tools,
    env: { ...process.env, LOG_LEVEL: 'ERROR' },
  });
  const output = ran?.output ?? '';
  const [, passed = '0', failed = '0', skipped = '0'] =
    /Passed checks: (\d+), Failed checks: (\d+), Skipped checks: (\d+)/.exec(output) ?? [];
  if (ran?.code !== 0 || Number(passed) === 0) return [{ check, outcome: 'failed', says: output.slice(-6_000) }];
  return [{ check, outcome: 'passed', says: `${passed} passed, ${failed} failed, ${skipped} excepted with a reason` }];
};
