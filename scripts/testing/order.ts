/** Those that take longest, the longest first: what begins last shall be short, or everything waits for it alone. */
export const LONGEST = [
  'tests/e2e/all-pipelines.int.test.ts',
  'tests/browser/dashboard.int.test.ts',
  'tests/e2e/exactly-once.int.test.ts',
  'libs/launch/src/launch.int.test.ts',
  'tests/e2e/bad-input.int.test.ts',
  'tests/security/kafka-doors.int.test.ts',
  'tests/e2e/refresh.int.test.ts',
  'tests/integrity/keyed.int.test.ts',
  'libs/cli/src/operate.int.test.ts',
  'libs/devstack/src/stack.int.test.ts',
  'tests/e2e/files.int.test.ts',
  'services/dashboard/src/status/status.int.test.ts',
  'tests/e2e/decisions.int.test.ts',
  'libs/cli/src/migrate.int.test.ts',
  'tests/e2e/erase.int.test.ts',
  'libs/postgres/src/governance/writer-role.int.test.ts',
] as const;

const place = (path: string): number => {
  const at = (LONGEST as readonly string[]).indexOf(path);
  return at === -1 ? LONGEST.length : at;
};

/** The longest first, all others as they were. */
export const longestFirst = (paths: readonly string[]): readonly string[] =>
  paths.toSorted((a, b) => place(a) - place(b));
