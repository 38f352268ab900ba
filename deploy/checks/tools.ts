import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from './run.ts';

// The checkers of the chart and of the workflows, built from their modules by Go and kept below .medallion/tools. Go's checksum
// database vouches for what it brings.

const FOLDER = resolve(import.meta.dirname, '../../.medallion/tools');

/** The first build of all takes minutes on two cores; each is done once. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

const PACKAGES = {
  helm: { from: 'helm.sh/helm/v3/cmd/helm', version: 'v3.21.4' },
  kubeconform: { from: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.8.0' },
  'kube-score': { from: 'github.com/zegl/kube-score/cmd/kube-score', version: 'v1.20.0' },
  actionlint: { from: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12' },
} as const;

/** A program that the checks need. */
export type ToolName = keyof typeof PACKAGES;

/** Where what was brought is kept. */
export const toolsFolder = (): string => FOLDER;

const pathOf = (name: ToolName): string => join(FOLDER, 'bin', `${name}-${PACKAGES[name].version}`);

/** The path of a tool that is there already; null where it would have to be built first. */
export const toolAtHand = (name: ToolName): string | null => (existsSync(pathOf(name)) ? pathOf(name) : null);

/**
 * The path of a tool, built where it is not there yet.
 *
 * @throws Error with what Go said, where there is no Go or it cannot be built.
 */
export async function tool(name: ToolName): Promise<string> {
  const path = pathOf(name);
  if (existsSync(path)) return path;
  const { from, version } = PACKAGES[name];
  mkdirSync(join(FOLDER, 'bin'), { recursive: true });
  const work = mkdtempSync(join(FOLDER, `${name}-`));
  try {
    const threads = String(Math.max(1, availableParallelism() - 1));
    const args = ['-n', '10', 'go', 'install', '-p', threads, `${from}@${version}`];
    const built = await run('nice', args, { timeoutMs: BUILD_TIMEOUT_MS, env: { ...process.env, GOBIN: work } });
    if (built.code !== 0) throw new Error(`${name} ${version} could not be built: ${lastLines(built.stderr)}`);
    // Whole or not at all: another check may build the same.
    renameSync(join(work, name), path);
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The end of what a program said. */
export const lastLines = (text: string, count = 5): string => text.trim().split('\n').slice(-count).join(' | ');
