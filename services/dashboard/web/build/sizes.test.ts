import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { build } from 'vite';
import { sizesOf } from './sizes.ts';

const KB = 1024;
const folder = mkdtempSync(join(tmpdir(), 'dashboard-web-'));
const files = (): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const read = (path: string): string => readFileSync(path, 'utf8');

before(async () => {
  await build({
    configFile: join(import.meta.dirname, '..', 'vite.config.ts'),
    build: { outDir: folder, emptyOutDir: true },
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the code of all pages stays under 150 KB compressed, that of the first paint under 40', () => {
  const { initial, code, mapData } = sizesOf(folder);
  assert.ok(code < 150 * KB, `${code} bytes in all`);
  assert.ok(initial < 40 * KB, `${initial} bytes for the first paint`);
  assert.ok(mapData > 10 * KB && mapData < 60 * KB, `${mapData} bytes of map data, apart from the code`);
});

test('the page has no script and no style of its own text, as the policy allows none', () => {
  const html = read(join(folder, 'index.html'));
  for (const [, attributes = '', body = ''] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
    assert.match(attributes, /src="\//);
    assert.equal(body, '');
  }
  assert.doesNotMatch(html, /<style|style=|\son\w+=/);
});

test('nothing is loaded from elsewhere, and no source map is told of', () => {
  for (const path of files().filter((name) => /\.(js|css|html)$/.test(name))) {
    assert.doesNotMatch(read(path), /sourceMappingURL/, path);
    assert.doesNotMatch(read(path), /(?:src|href)="https?:|url\(["']?(?:https?:|data:)|import\(["']https?:/, path);
  }
});

test('no markup is ever made of text', () => {
  for (const path of files().filter((name) => name.endsWith('.js') && !/uplot/i.test(name))) {
    // uPlot's own legend, which is switched off, and Preact's property by that name are libraries' and never used.
    assert.doesNotMatch(read(path), /insertAdjacentHTML|document\.write|\beval\(|new Function\(/, path);
  }
});

test('each file of text is there compressed, with the same content', () => {
  const large = files().filter((path) => /\.(js|css)$/.test(path) && readFileSync(path).length >= KB);
  assert.ok(large.length > 5);
  for (const path of large) {
    assert.equal(gunzipSync(readFileSync(`${path}.gz`)).toString(), read(path));
    assert.ok(readFileSync(`${path}.br`).length < readFileSync(path).length);
  }
});
