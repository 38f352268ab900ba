import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = ['SECURITY.md', ...globSync('docs/operating/{aws,cost,compared,supply-chain}.md', { cwd: ROOT })];

test('what the threat model names as proof is there', () => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
  const named = [...text.matchAll(/`((?:libs|services|tests|deploy|pipelines|bench)\/[^`\s]+)`/g)].map(
    ([, path = '']) => path,
  );
  assert.ok(named.length > 30);
  for (const path of named) assert.ok(globSync(path, { cwd: ROOT }).length > 0, `${path} is not there`);
});

test('links of these pages lead somewhere', () => {
  assert.equal(PAGES.length, 5);
  for (const page of PAGES)
    for (const [, to = ''] of readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      assert.ok(existsSync(join(ROOT, dirname(page), to)), `${to} in ${page}`);
});
