import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadPipeline } from '@medallion/host';
import { flowsOf } from '@medallion/pipeline';
import { medallion } from './medallion.ts';

async function helpOf(...command: readonly string[]): Promise<string> {
  let written = '';
  const out = (text: string): void => {
    written += text;
  };
  assert.equal(await medallion([...command, '--help'], process.env, { out, say: out }), 0, command.join(' '));
  return written;
}

/** The commands below one, by its help. */
const namesIn = (help: string): readonly string[] =>
  [...(help.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)].flatMap(([, name]) => name!);

test('every command has an example, of a pipeline that there is and of tables that it has', async () => {
  const commands: string[][] = namesIn(await helpOf()).map((name) => [name]);
  commands.push(...namesIn(await helpOf('quarantine')).map((name) => ['quarantine', name]));
  const told = commands.filter(
    ([first, second]) => first !== 'help' && second !== 'help' && !(first === 'quarantine' && !second),
  );
  assert.ok(told.length >= 15, told.join('; '));
  for (const command of told) {
    const help = await helpOf(...command);
    const examples = (help.split('Example:')[1] ?? '').split('\n').filter((line) => /^ {2}.*medallion /.test(line));
    assert.ok(examples.length > 0, `${command.join(' ')} has no example`);
    for (const example of examples) {
      const [, words = ''] = example.split(`medallion ${command.join(' ')}`);
      const [name, ...others] = words.trim().split(/\s+/);
      if (name === undefined || name === '' || command[0] === 'new') continue;
      const plan = await loadPipeline(name);
      const tables = plan.tables.map((table) => table.name);
      const topics = plan.tables
        .flatMap(flowsOf)
        .flatMap(({ source }) => (source.kind === 'topic' ? source.topic : []));
      const known = new Set([...tables, ...topics, ...tables.map((table) => `${plan.name}.${table}`)]);
      for (const word of others
        .filter((each) => /^[a-z]+[_.][\w.-]+(:\d+:\d+)?$/.test(each))
        .map((each) => each.split(':')[0]!))
        if (!/\.(jsonl|ndjson|\d+)$/.test(word)) assert.ok(known.has(word), `${example.trim()}: there is no ${word}`);
    }
  }
});
