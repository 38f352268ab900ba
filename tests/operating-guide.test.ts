import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { medallion } from '../libs/cli/src/index.ts';
import { allSettings } from '../libs/service/src/index.ts';
import { GUIDE, guideBlocks, guideScript } from './support/operating-guide.ts';

/** What can be told of the guide in seconds; `npm run test:guide` follows it. */

const ROOT = join(import.meta.dirname, '..');
const FOLDER = dirname(GUIDE);
const blocks = guideBlocks();
const commands = blocks.map(({ text }) => text).join('\n');

async function helpOf(command: string): Promise<string> {
  const said: string[] = [];
  const keep = (text: string): void => void said.push(text);
  await medallion([...command.split(' '), '--help'], {}, { out: keep, say: keep });
  return said.join('');
}

/** As the pages on the web name a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

test('the blocks of the guide are one script that a shell can read', () => {
  assert.ok(blocks.length > 20, `${blocks.length} blocks`);
  const headings = [...readFileSync(GUIDE, 'utf8').matchAll(/^## (.+)$/gm)].map(([, title]) => title!);
  const without = headings.filter((heading) => !blocks.some((block) => block.heading === heading));
  assert.deepEqual(without, ['How large'], 'every part but this one has steps');
  const { status, stderr } = spawnSync('bash', ['-n'], { input: guideScript(), encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('every command of the guide exists, with its options', async () => {
  const text = readFileSync(GUIDE, 'utf8');
  const found = [...text.matchAll(/\.\/medallion ([a-z]+(?: (?:ls|show|redrive)\b)?)([^\n|&;`)]*)/g)];
  assert.ok(found.length > 10);
  for (const [, command = '', rest = ''] of found) {
    const help = await helpOf(command);
    assert.ok(
      help.startsWith(`Usage: medallion ${command} `) || help.startsWith(`Usage: medallion ${command}\n`),
      command,
    );
    for (const [option] of rest.matchAll(/(?<=\s)--[a-z-]+/g))
      assert.ok(help.includes(`  ${option}`) || option === '--json', `medallion ${command} ${option}`);
  }
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([a-z:-]+)/g)) assert.ok(name in scripts, name);
  for (const [, name = ''] of text.matchAll(/scripts\/run\.mjs ([a-z-]+)/g))
    assert.ok(existsSync(join(ROOT, 'scripts', `${name}.ts`)), name);
});

test('what the guide gives the services are settings, and files that it names are there', () => {
  const given = [...commands.matchAll(/(?<![A-Za-z_$"{])([A-Z][A-Z_]+)=/g)].map(([, name]) => name!);
  const settings = new Set([...Object.keys(allSettings), 'DATABASE_PASSWORD_FILE', 'PATH', 'IFS']);
  assert.ok(given.length >= 6);
  assert.deepEqual(
    given.filter((name) => !settings.has(name)),
    [],
  );
  for (const [path] of commands.matchAll(/deploy\/[\w./-]+/g)) assert.ok(existsSync(join(ROOT, path)), path);
});

test('links of the pages on operating lead somewhere, and each of them is named in the guide or beside it', () => {
  const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.md'));
  for (const page of pages)
    for (const [, target = '', anchor] of readFileSync(join(FOLDER, page), 'utf8').matchAll(
      /\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g,
    )) {
      const path = target === '' ? join(FOLDER, page) : join(FOLDER, target);
      assert.ok(existsSync(path), `${page}: ${target}`);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title!));
      assert.ok(headings.includes(anchor), `${page}: ${target}#${anchor}`);
    }
  // What is about building, and not about operating, is named beside the guide.
  const named = readFileSync(GUIDE, 'utf8') + readFileSync(join(ROOT, 'README.md'), 'utf8');
  const alone = pages.filter((page) => page !== 'README.md' && !named.includes(page));
  assert.deepEqual(alone, []);
});
