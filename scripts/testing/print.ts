import type { FileResult } from './run-file.ts';

const indent = (text: string, by: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `${by}${line}`)
    .join('\n');

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`.padStart(8);

const counts = (result: Pick<FileResult, 'passed' | 'failed' | 'skipped'>): string =>
  [
    `${result.passed} passed`,
    ...(result.failed > 0 ? [`${result.failed} failed`] : []),
    ...(result.skipped > 0 ? [`${result.skipped} skipped`] : []),
  ].join(', ');

/** Prints one file's outcome; what went wrong follows at once. */
export const printResult = (result: FileResult, showOutput: boolean): void => {
  console.log(`${result.failed > 0 ? '✗' : '✓'} ${seconds(result.ms)}  ${result.name}: ${counts(result)}`);
  for (const failure of result.failures) console.log(indent(failure, '      '));
  if (showOutput && result.failed > 0 && result.output.trim()) console.log(indent(result.output, '    | '));
};

/** The results of one stage. */
export type StageResult = { readonly stage: string; readonly ms: number; readonly results: readonly FileResult[] };

/** Prints times and counts per stage, the failures again, and as the very last line `N passed, N failed`. */
export const printSummary = (stages: readonly StageResult[]): { readonly failed: number } => {
  const sum = (results: readonly FileResult[], key: 'passed' | 'failed' | 'skipped'): number =>
    results.reduce((total, result) => total + result[key], 0);
  console.log('');
  for (const { stage, ms, results } of stages)
    console.log(
      `${stage.padEnd(6)}${seconds(ms)}  ${counts({
        passed: sum(results, 'passed'),
        failed: sum(results, 'failed'),
        skipped: sum(results, 'skipped'),
      })}`,
    );
  const all = stages.flatMap(({ results }) => results);
  for (const { name, failures } of all)
    for (const failure of failures) console.log(`✗ ${name}: ${failure.split('\n')[0]}`);
  console.log(`${sum(all, 'passed')} passed, ${sum(all, 'failed')} failed`);
  return { failed: sum(all, 'failed') };
};
