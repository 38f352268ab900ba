import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPage, isStale } from './page-build.ts';

/** A dashboard whose vite writes what it is told to. */
async function withDashboard(body: (folder: string, vite: (script: string) => void) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'medallion-page-'));
  const bin = join(folder, 'node_modules', 'vite', 'bin');
  for (const each of ['web/src', 'web/dist']) mkdirSync(join(folder, each), { recursive: true });
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(folder, 'web', 'src', 'page.tsx'), '');
  writeFileSync(join(folder, 'web', 'dist', 'index.html'), 'old');
  const vite = (script: string): void => writeFileSync(join(bin, 'vite.js'), script);
  try {
    await body(folder, vite);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const WRITES = `
const { mkdirSync, writeFileSync } = require('node:fs');
const folder = 'web/' + process.argv[5];
mkdirSync(folder);
writeFileSync(folder + '/index.html', 'new');
`;
const never = new AbortController().signal;
const shown = (folder: string): string => readFileSync(join(folder, 'web', 'dist', 'index.html'), 'utf8');
const touch = (folder: string, name: string, seconds: number): void => {
  const at = Date.now() / 1_000 + seconds;
  utimesSync(join(folder, name), at, at);
};

test('pages are built where a source is newer than they are, and only then', () =>
  withDashboard(async (folder, vite) => {
    vite(WRITES);
    touch(folder, 'web/src/page.tsx', -60);
    assert.equal(isStale(folder), false);
    assert.equal(await buildPage(folder, folder, never), 'kept');
    assert.equal(shown(folder), 'old');
    touch(folder, 'web/src/page.tsx', 60);
    assert.equal(await buildPage(folder, folder, never), 'built');
    assert.equal(shown(folder), 'new');
    rmSync(join(folder, 'web', 'dist'), { recursive: true });
    assert.equal(await buildPage(folder, folder, never), 'built');
    assert.equal(shown(folder), 'new');
  }));

test('a build that fails leaves the former pages, says where its log is, and nothing else', () =>
  withDashboard(async (folder, vite) => {
    vite(`${WRITES}console.error('wrong'); process.exit(3);`);
    touch(folder, 'web/src/page.tsx', 60);
    const log = join(folder, 'dashboard-page.log');
    assert.deepEqual(await buildPage(folder, folder, never), { failed: `vite ended with code 3, see ${log}` });
    assert.equal(shown(folder), 'old');
    assert.equal(readFileSync(log, 'utf8'), 'wrong\n');
    assert.equal(existsSync(join(folder, 'web', `dist.${process.pid}`)), false);
    rmSync(join(folder, 'node_modules'), { recursive: true });
    assert.match(JSON.stringify(await buildPage(folder, folder, never)), /pnpm install/);
  }));

test('a start that is stopped does not wait for its pages', () =>
  withDashboard(async (folder, vite) => {
    vite('setTimeout(() => {}, 60_000);');
    touch(folder, 'web/src/page.tsx', 60);
    assert.deepEqual(await buildPage(folder, folder, AbortSignal.timeout(100)), { failed: 'stopped' });
    assert.equal(shown(folder), 'old');
  }));
