import { globSync } from 'node:fs';
import { sep } from 'node:path';

/** The test files of the repository, by what they need. */
export type TestFiles = { readonly unit: readonly string[]; readonly int: readonly string[] };

const patterns = ['libs', 'pipelines', 'services', 'tests', 'bench', 'scripts', 'deploy'].map(
  (folder) => `${folder}/**/*.test.ts`,
);

/** Whether a test file talks to real services. */
export const needsStack = (file: string): boolean =>
  /\.(int|e2e|chaos)\.test\.ts$/.test(file) || /^tests\/(e2e|chaos)\//.test(file);

/** Finds the test files whose path holds one of `filters`, or all if there are none. */
export const findTestFiles = (root: string, filters: readonly string[]): TestFiles => {
  const all = globSync(patterns, { cwd: root, exclude: (name) => name === 'node_modules' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort();
  return { unit: all.filter((file) => !needsStack(file)), int: all.filter(needsStack) };
};
