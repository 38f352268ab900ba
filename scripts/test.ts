// npm test [-- types lint unit int] [-- PART-OF-A-PATH …]: everything, or the named stages, or the matching files.
import { basename, resolve } from 'node:path';
import { progressLine, type Stack, startStack } from '../libs/devstack/src/index.ts';
import { chromium } from '../tests/support/chromium.ts';
import { runCheck } from './testing/check.ts';
import { findTestFiles } from './testing/files.ts';
import { longestFirst } from './testing/order.ts';
import { printResult, printSummary, type StageResult } from './testing/print.ts';
import { runAll } from './testing/run-all.ts';
import { type FileResult, killRunning, runTestFile } from './testing/run-file.ts';

const root = resolve(import.meta.dirname, '..');
const stageNames = ['types', 'lint', 'unit', 'int'] as const;
type StageName = (typeof stageNames)[number];
const isStage = (argument: string): argument is StageName => (stageNames as readonly string[]).includes(argument);

const args = process.argv.slice(2);
const filters = args.filter((argument) => !isStage(argument));
const named = args.filter(isStage);
// A path is about files; the whole-repository checks would only hide its result.
const stages = new Set<StageName>(named.length > 0 ? named : filters.length > 0 ? ['unit', 'int'] : stageNames);
const files = findTestFiles(root, filters);
const timeoutMs = Number(process.env.MEDALLION_TEST_TIMEOUT_S || 900) * 1000;

// Every file, and every service that one starts, is a process of its own: what they share is compiled once.
process.env.NODE_COMPILE_CACHE ??= resolve(root, '.medallion', 'compiled');

let stack: Stack | undefined;
const interrupt = new AbortController();
for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(name, async () => {
    interrupt.abort(new Error('interrupted'));
    killRunning();
    await stack?.stop();
    process.exit(code);
  });

/** Runs files; with `live` what they print is shown as it comes, else only a failed file's, afterwards. */
const runFiles = async (paths: readonly string[], live: boolean, env: NodeJS.ProcessEnv): Promise<FileResult[]> => {
  const results: FileResult[] = [];
  const run = async (file: string): Promise<void> => {
    const name = basename(file).replace(/(\.int)?\.test\.ts$/, '');
    const onOutput = (line: string): void => console.log(`    ${name} | ${line}`);
    const result = await runTestFile({ root, file, env, timeoutMs, ...(live ? { onOutput } : {}) });
    printResult(result, !live);
    results.push(result);
  };
  await runAll(paths, run, { fill: live, signal: interrupt.signal });
  return results;
};

/** The variables that point at a stack are for the tests that need one: no unit test may find it by accident. */
const unitEnv = (): NodeJS.ProcessEnv => {
  const { KAFKA_BROKERS: _k, SCHEMA_REGISTRY_URL: _s, DATABASE_URL: _d, ...env } = process.env;
  return env;
};

const failedStack = (error: unknown, ms: number): FileResult => {
  const reason = error instanceof Error ? error.message : String(error);
  return { name: 'the shared stack', passed: 0, failed: 1, skipped: 0, ms, failures: [reason], output: '' };
};

/** Kafka, registry and Postgres for the integration tests; they come up while the stages before run. */
const startShared = async (): Promise<FileResult | null> => {
  const began = performance.now();
  try {
    const onProgress = (event: Parameters<typeof progressLine>[0]): void => console.log(progressLine(event));
    stack = await startStack({ mode: 'ephemeral', onProgress, signal: interrupt.signal });
    return null;
  } catch (error) {
    return failedStack(error, performance.now() - began);
  }
};

const runInt = async (): Promise<FileResult[]> => {
  const failure = await shared;
  if (failure !== null) {
    printResult(failure, false);
    return [failure];
  }
  await browser;
  try {
    return await runFiles(longestFirst(files.int), true, { ...process.env, ...stack?.env });
  } finally {
    await stack?.stop();
  }
};

const check = async (name: string, ...command: string[]): Promise<FileResult[]> => {
  const result = await runCheck(root, name, command);
  printResult(result, false);
  return [result];
};

const run: { readonly [K in StageName]: () => Promise<FileResult[]> } = {
  types: async () => [
    ...(await check('types', 'tsc', '--noEmit', '-p', 'tsconfig.json')),
    ...(await check('types of the pages', 'tsc', '--noEmit', '-p', 'services/dashboard/web')),
  ],
  lint: () => check('lint', 'biome', 'check', '--colors=off', '.'),
  unit: () => runFiles(files.unit, false, unitEnv()),
  int: () => (files.int.length > 0 ? runInt() : Promise.resolve([])),
};

const shared = stages.has('int') && files.int.length > 0 ? startShared() : Promise.resolve(null);
/** Where the machine has no browser, one is installed meanwhile; a test that needs it says why it has none. */
const needsBrowser = stages.has('int') && files.int.some((file) => file.startsWith('tests/browser/'));
const browser = needsBrowser ? chromium().catch(() => null) : null;
const done: StageResult[] = [];
for (const stage of stageNames) {
  if (!stages.has(stage)) continue;
  const began = performance.now();
  const results = await run[stage]();
  done.push({ stage, ms: performance.now() - began, results });
}
if (filters.length > 0 && files.unit.length + files.int.length === 0) {
  console.error(`no test file has ${filters.join(' or ')} in its path`);
  process.exitCode = 2;
}
if (printSummary(done).failed > 0) process.exitCode = 1;
