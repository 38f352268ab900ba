import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Ended, isMissing, run } from '../../checks/run.ts';

/** How a check ended; `not run` is not a pass. */
export type Outcome = {
  readonly check: string;
  readonly outcome: 'passed' | 'failed' | 'not run';
  readonly says: string;
};

/** Providers are large: to fetch and to start them takes a while on a slow machine. */
export const TIMEOUT_MS = 600_000;

/** The roots that are checked, and whether they have tests. */
export const ROOTS: readonly { readonly path: string; readonly tested: boolean }[] = [
  { path: 'modules/kubernetes', tested: true },
  { path: 'modules/aws', tested: true },
  { path: 'examples/kubernetes', tested: false },
  { path: 'examples/aws', tested: false },
];

/** Variables of terraform that would change what is checked are left out; a plan that somebody kept is not looked at. */
const environment = (data: string, config: string | undefined): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TF_'))),
  TF_DATA_DIR: data,
  TF_IN_AUTOMATION: '1',
  CHECKPOINT_DISABLE: '1',
  ...(config === undefined || !existsSync(config) ? {} : { TF_CLI_CONFIG_FILE: config }),
});

/** All that a program said. */
const said = ({ stdout, stderr }: Ended): string => stdout + stderr;

/** Whether all files are written as `terraform fmt` writes them. */
export const formatted = async (terraform: string): Promise<Outcome> => {
  const check = 'terraform fmt';
  const ran = await run('terraform', ['fmt', '-check', '-recursive', '-list=true'], {
    cwd: terraform,
    env: environment(terraform, undefined),
  });
  if (isMissing(ran)) return { check, outcome: 'not run', says: 'there is no terraform here; install 1.11 or newer' };
  return ran.code === 0
    ? { check, outcome: 'passed', says: 'all files' }
    : { check, outcome: 'failed', says: `run terraform fmt: ${said(ran).trim()}` };
};

const checked = async (terraform: string, work: string, path: string, tested: boolean): Promise<readonly Outcome[]> => {
  const cwd = join(terraform, path);
  const data = join(work, `${basename(join(path, '..'))}-${basename(path)}`);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const env = environment(data, process.env.TF_CLI_CONFIG_FILE);
  const plugins = process.env.TERRAFORM_PLUGIN_DIR;
  const from = plugins === undefined ? [] : [`-plugin-dir=${plugins}`];
  const steps = tested ? ['validate', 'test'] : ['validate'];
  const none = (says: string): readonly Outcome[] =>
    steps.map((step) => ({ check: `terraform ${step} ${path}`, outcome: 'not run', says }));

  const init = await run('terraform', ['init', '-backend=false', '-input=false', '-no-color', '-lock=false', ...from], {
    cwd,
    env,
    timeoutMs: TIMEOUT_MS,
  });
  if (isMissing(init)) return none('there is no terraform here; install 1.11 or newer');
  if (init.code !== 0) {
    const why =
      /Could not (?:retrieve|query|load).*|Failed to query.*|could not connect.*|Invalid provider registry host.*/i.exec(
        said(init),
      );
    if (why !== null || /provider registry|registry\.terraform\.io/.test(said(init)))
      return none('the providers cannot be had here (TERRAFORM_PLUGIN_DIR may name a mirror of them)');
    return [{ check: `terraform init ${path}`, outcome: 'failed', says: said(init).slice(-3_000) }];
  }
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    const ran = await run('terraform', [step, '-no-color'], { cwd, env, timeoutMs: TIMEOUT_MS });
    const summary = /^(Success!.*)$/m.exec(said(ran))?.[1] ?? 'valid';
    outcomes.push({
      check: `terraform ${step} ${path}`,
      outcome: ran.code === 0 ? 'passed' : 'failed',
      says: ran.code === 0 ? summary : said(ran).slice(-6_000),
    });
  }
  return outcomes;
};

/**
 * `init`, `validate` and, where there are some, the tests, for one root. The providers come from where terraform finds them:
 * the registry, or the folder `TERRAFORM_PLUGIN_DIR` (as `terraform providers mirror` fills it) where that cannot be reached.
 */
export const root: typeof checked = async (terraform, work, path, tested) => {
  try {
    return await checked(terraform, work, path, tested);
  } finally {
    // Which providers were there is of this machine; who applies a module pins their own.
    rmSync(join(terraform, path, '.terraform.lock.hcl'), { force: true });
  }
};
