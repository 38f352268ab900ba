import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { leftOpenCode, type ReportLine } from './reporter.ts';

/** What became of one test file, or of a check that counts as one test. */
export type FileResult = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ms: number;
  /** One entry per failure, to be read by a person. */
  readonly failures: readonly string[];
  /** What it printed. */
  readonly output: string;
};

const reporter = pathToFileURL(join(import.meta.dirname, 'reporter.ts')).href;
const running = new Set<ChildProcess>();

/** Ends every test file that runs, with all that it started. */
export const killRunning = (): void => {
  for (const child of running) killGroup(child);
};

const killGroup = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {} // it has just ended
};

const readReport = (file: string): ReportLine[] => {
  try {
    // A killed process may have left half a line.
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ReportLine);
  } catch {
    return [];
  }
};

const outsideFailure = (
  report: readonly ReportLine[],
  end: { code: number | null; signal: NodeJS.Signals | null; timedOut: boolean },
  timeoutMs: number,
): string | undefined => {
  if (end.timedOut) return `the file did not end within ${timeoutMs / 1000} s`;
  if (end.code === leftOpenCode) return 'the tests ended, but something kept the process alive (see its output)';
  const how = end.signal ? `killed by ${end.signal}` : `exit code ${end.code}`;
  if (!report.some((line) => line.kind === 'end'))
    return end.code === 0 ? 'the file holds no tests' : `the file crashed: ${how}`;
  const explained = report.some((line) => line.kind === 'failed');
  return end.code !== 0 && !explained ? `the file failed outside its tests: ${how}` : undefined;
};

/**
 * Runs one test file in a process group of its own and counts its tests; one that crashes, hangs or holds none counts
 * as a failed test.
 */
export const runTestFile = async (options: {
  readonly root: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Called with whole lines as they are printed. */
  readonly onOutput?: (line: string) => void;
}): Promise<FileResult> => {
  const { root, file, env, timeoutMs } = options;
  const began = performance.now();
  const destination = join(tmpdir(), `medallion-report-${process.pid}-${file.replaceAll('/', '_')}`);
  const args = [`--test-reporter=${reporter}`, `--test-reporter-destination=${destination}`, join(root, file)];
  const child = spawn(process.execPath, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      output += chunk;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onOutput?.(line);
    });
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, timeoutMs);
  const end = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  clearTimeout(timer);
  running.delete(child);
  killGroup(child); // what it left behind in its group

  const report = readReport(destination);
  rmSync(destination, { force: true });
  const count = (kind: ReportLine['kind']): number => report.filter((line) => line.kind === kind).length;
  const failures = report.flatMap((line) =>
    'error' in line && line.error !== undefined ? [`${line.name}\n${line.error}`] : [],
  );
  const outside = outsideFailure(report, { ...end, timedOut }, timeoutMs);
  return {
    name: file,
    passed: count('passed'),
    failed: count('failed') + (outside === undefined ? 0 : 1),
    skipped: count('skipped'),
    ms: performance.now() - began,
    failures: outside === undefined ? failures : [...failures, outside],
    output,
  };
};
