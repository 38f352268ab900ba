import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type FileResult, runTestFile } from './run-file.ts';

const root = mkdtempSync(join(tmpdir(), 'medallion with space-'));
after(() => rmSync(root, { recursive: true }));

const run = (source: string, timeoutMs = 300_000): Promise<FileResult> => {
  const file = `${Math.random().toString(36).slice(2)}.test.ts`;
  writeFileSync(join(root, file), `import { describe, test, before } from 'node:test';\n${source}`);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return runTestFile({ root, file, env, timeoutMs });
};
const counts = ({ passed, failed, skipped }: FileResult): readonly number[] => [passed, failed, skipped];

test('each test counts once and suites not at all', async () => {
  const result = await run(
    `describe('s', () => { test('a', () => {}); describe('t', () => test('b', () => {})); }); test.skip('c');`,
  );
  assert.deepEqual(counts(result), [2, 0, 1]);
});

test('a failed test is told with its suites and its reason', async () => {
  const result = await run(`describe('outer', () => test('inner', () => { throw new Error('because'); }));`);
  assert.deepEqual(counts(result), [0, 1, 0]);
  assert.match(result.failures[0] ?? '', /^outer › inner\n.*because/s);
});

test('a file that crashes is one failure besides the tests it has run', async () => {
  // It crashes once the report says what became of the first, so that there is something besides.
  const result = await run(
    `import { readFileSync } from 'node:fs';
     const option = '--test-reporter-destination=';
     const report = process.execArgv.find((each) => each.startsWith(option)).slice(option.length);
     test('a', () => {});
     test('b', () => new Promise(() => setInterval(() => readFileSync(report, 'utf8').includes('"a"') && process.exit(3), 20)));`,
  );
  assert.deepEqual(counts(result), [1, 1, 0]);
  assert.match(result.failures[0] ?? '', /exit code 3/);
});

test('a file that does not even load is a failure', async () => {
  assert.deepEqual(counts(await run(`import './absent.ts';`)), [0, 1, 0]);
});

test('a file without tests is a failure', async () => {
  assert.deepEqual(counts(await run('')), [0, 1, 0]);
});

test('a file that hangs is ended and is a failure', async () => {
  const hanging = `test('a', () => {}); test('b', () => new Promise(() => setInterval(() => {}, 1000)));`;
  // As long as this machine needs to get to what hangs.
  for (let timeoutMs = 3_000; ; timeoutMs *= 2) {
    const result = await run(hanging, timeoutMs);
    assert.equal(result.failed, 1);
    assert.match(result.failures[0] ?? '', new RegExp(`did not end within ${timeoutMs / 1_000} s`));
    if (result.passed === 0 && timeoutMs < 100_000) continue;
    assert.deepEqual(counts(result), [1, 1, 0]);
    return;
  }
});

test('a setup that fails fails the file, whatever its tests say', async () => {
  const result = await run(`describe('s', () => { before(() => { throw new Error('no'); }); test('a', () => {}); });`);
  assert.ok(result.failed >= 1);
});
