import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

/** Each code block of a guide names its file in the line that opens it; blocks of one file follow one another. */

const ROOT = join(import.meta.dirname, '..');
const GUIDES = join(ROOT, 'docs', 'guides');

function filesOf(guide: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [, path, code] of readFileSync(join(GUIDES, guide), 'utf8').matchAll(/^```ts(?: (\S+))?\n(.*?)^```$/gms)) {
    assert.ok(path !== undefined, `${guide}: a block names no file`);
    files.set(path, `${files.has(path) ? `${files.get(path)}\n` : ''}${code}`);
  }
  return files;
}

const guides = readdirSync(GUIDES).filter((name) => name.endsWith('.md'));
assert.ok(guides.length >= 2, 'the scan found the guides');

for (const guide of guides)
  test(`${guide}: its code compiles under the repository's rules, and its tests pass`, () => {
    // Inside the workspace, so that its packages are found.
    const folder = mkdtempSync(join(ROOT, 'tests', '.guide-'));
    try {
      const files = filesOf(guide);
      for (const [path, code] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), code);
      }
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: '../../tsconfig.json', include: ['**/*.ts'], exclude: [] }),
      );
      const compiled = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
        encoding: 'utf8',
      });
      assert.equal(compiled.status, 0, compiled.stdout + compiled.stderr);
      const tests = [...files.keys()].filter((path) => path.endsWith('.test.ts'));
      assert.ok(tests.length > 0, `${guide} tests nothing`);
      // A test that is started by another's runner would report to it; this one is a program of its own.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const tested = spawnSync(process.execPath, ['--test', ...tests], { cwd: folder, env, encoding: 'utf8' });
      assert.equal(tested.status, 0, tested.stdout + tested.stderr);
      assert.match(tested.stdout, /^# fail 0$|^ℹ fail 0$/m);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
