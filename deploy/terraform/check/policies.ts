import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Ended, isMissing, run } from '../../checks/run.ts';
import { lastLines } from '../../checks/tools.ts';
import { type Outcome, TIMEOUT_MS } from './terraform.ts';

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
  if (isMissing(made)) return 'there is no python3 here';
  if (made.code !== 0) return `python3 -m venv: ${lastLines(made.stderr || made.stdout)}`;
  const pip = ['-m', 'pip', 'install', '--quiet', `checkov==${CHECKOV}`];
  const installed = await run(python, pip, { cwd: tools, timeoutMs: TIMEOUT_MS });
  return installed.code === 0 ? null : `pip install checkov: ${lastLines(installed.stderr)}`;
};

/** What checkov says as JSON, of one framework. */
type Report = {
  readonly summary: { readonly passed: number; readonly skipped: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly file_path: string;
      readonly file_line_range: readonly number[];
      readonly resource: string;
    }[];
    readonly parsing_errors: readonly string[];
  };
};

/** What is wrong: a broken policy, or a file that could not be read, and so was not looked at. */
const problemsOf = ({ results: { failed_checks: failed, parsing_errors: unread } }: Report): readonly string[] => [
  ...failed.map(
    ({ check_id, check_name, file_path, file_line_range: [line], resource }) =>
      `${check_id} ${file_path}:${line} ${resource}: ${check_name}`,
  ),
  ...unread.map((file) => `${file} could not be read`),
];

/** Static policies over all modules and examples, and a look for secrets in all of deploy/. */
export const policies = async (terraform: string, tools: string): Promise<readonly Outcome[]> => {
  const frameworks = [
    { framework: 'terraform', directory: terraform, check: `policies (checkov ${CHECKOV})` },
    { framework: 'secrets', directory: dirname(terraform), check: `no secrets in deploy/ (checkov ${CHECKOV})` },
  ];
  const missing = await bring(tools);
  if (missing !== null) return frameworks.map(({ check }) => ({ check, outcome: 'not run', says: missing }));
  const folder = join(tools, `checkov-${CHECKOV}`, 'bin');
  const outcomes: Outcome[] = [];
  for (const { framework, directory, check } of frameworks) {
    const args = ['--directory', directory, '--framework', framework, '--output', 'json', '--skip-download'];
    const ran = await run(join(folder, 'python'), [join(folder, 'checkov'), ...args], {
      cwd: tools,
      env: { ...process.env, LOG_LEVEL: 'ERROR' },
      timeoutMs: TIMEOUT_MS,
    });
    outcomes.push({ check, ...judged(framework, ran) });
  }
  return outcomes;
};

function judged(framework: string, { stdout, stderr }: Ended): Omit<Outcome, 'check'> {
  if (!stdout.trimStart().startsWith('{')) return { outcome: 'failed', says: lastLines(stderr || stdout, 30) };
  const said = JSON.parse(stdout) as Report | { readonly failed: number };
  // Where it has nothing to say it answers with counts alone: good of secrets, but modules have much that is passed.
  if (!('results' in said))
    return framework === 'secrets'
      ? { outcome: 'passed', says: 'none found' }
      : { outcome: 'failed', says: 'it found no module' };
  const problems = problemsOf(said);
  const { passed, skipped } = said.summary;
  return problems.length > 0
    ? { outcome: 'failed', says: problems.join('\n') }
    : { outcome: 'passed', says: `${passed} passed, 0 failed, ${skipped} excepted with a reason` };
}
