import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { medallion } from '@medallion/cli';
import { errors } from '@medallion/core';
import { exportedSeries } from './exported.ts';
import { alertRules, PROMETHEUS_FOLDER } from './rules.ts';

const ROOT = join(PROMETHEUS_FOLDER, '../..');
const FOLDER = join(ROOT, 'docs/runbooks');
const pages = globSync('*.md', { cwd: FOLDER }).map((name) => ({
  name,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));

async function helpOf(...command: string[]): Promise<string> {
  const said: string[] = [];
  const keep = (text: string): void => void said.push(text);
  await medallion([...command, '--help'], {}, { out: keep, say: keep });
  return said.join('');
}

test('commands of runbooks exist, with their options', async () => {
  const commands = new Map<string, Set<string>>();
  for (const { text } of pages)
    for (const [, line = ''] of text.matchAll(/`\.\/medallion ([^`]+)`/g)) {
      const words = line.split(' ');
      const command = words.slice(0, words[0] === 'quarantine' ? 2 : 1).join(' ');
      const options = commands.get(command) ?? new Set();
      for (const word of words) if (word.startsWith('--')) options.add(word);
      commands.set(command, options);
    }
  assert.ok(commands.size >= 6, `${[...commands.keys()]}`);
  for (const [command, options] of commands) {
    const help = await helpOf(...command.split(' '));
    assert.ok(help.startsWith(`Usage: medallion ${command} `), `medallion ${command}`);
    for (const option of options) assert.ok(help.includes(`  ${option}`), `medallion ${command} ${option}`);
  }
});

test('codes, alerts and metrics that runbooks name exist, and links lead somewhere', () => {
  const alerts = new Set(alertRules().map(({ alert }) => alert));
  const series = exportedSeries();
  for (const { name, text } of pages) {
    for (const [code] of text.matchAll(/\bMED_[A-Z_]+/g))
      assert.ok(code in errors || code === 'MED_FLOW_STARTING', `${name}: ${code}`);
    for (const [alert] of text.matchAll(/\bMedallion[A-Z]\w+/g)) assert.ok(alerts.has(alert), `${name}: ${alert}`);
    // The roles of the database have names of that form too.
    for (const [, metric = ''] of text.matchAll(/`(medallion(?!_dashboard|_operator)[_:][a-z_:0-9]+)`/g)) {
      const known = [...series.keys()].some((each) => each === metric || each === `${metric}_bucket`);
      assert.ok(known, `${name}: ${metric}`);
    }
    for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)\)/g))
      assert.ok(existsSync(join(FOLDER, link)), `${name}: ${link}`);
  }
});
