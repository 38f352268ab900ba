import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newPipeline } from './commands/new.ts';
import { medallion } from './medallion.ts';

/** Runs the command as a shell would; what it wrote where, and its exit code. */
async function run(...args: string[]) {
  const written = { out: '', err: '' };
  const exit = await medallion(args, process.env, {
    out: (text) => {
      written.out += text;
    },
    say: (text) => {
      written.err += text;
    },
  });
  return { ...written, exit };
}

test('validate judges every pipeline without a broker, as text and as data', async () => {
  const text = await run('validate');
  assert.equal(text.exit, 0, text.out + text.err);
  assert.match(text.out, /^santa-deliveries: valid, 7 tables$/m);
  const { out } = await run('validate', 'santa-deliveries', '--json');
  assert.deepEqual(JSON.parse(out), [{ pipeline: 'santa-deliveries', valid: true, tables: 7, problems: [] }]);
});

test('a pipeline that does not exist is a usage error that names those that do', async () => {
  const { exit, out, err } = await run('graph', 'santa');
  assert.deepEqual([exit, out], [2, '']);
  assert.match(err, /no pipeline "santa".*santa-deliveries/s);
});

test('graph shows what each table reads, as text, Mermaid and data', async () => {
  assert.match((await run('graph', 'santa-deliveries')).out, /silver_santa_deliveries {2}streaming table {2}◀ bronze_/);
  assert.match((await run('graph', 'santa-deliveries', '--format', 'mermaid')).out, /^flowchart LR\n/);
  const { nodes, edges } = JSON.parse((await run('graph', 'santa-deliveries', '--json')).out);
  assert.deepEqual([nodes.length, edges.length], [8, 7]);
  assert.equal((await run('graph', 'santa-deliveries', '--format', 'dot')).exit, 2);
});

test('wrong usage is 2 and goes to standard error, help is 0 and has an example', async () => {
  assert.equal((await run('graph')).exit, 2);
  assert.equal((await run('nonsense')).exit, 2);
  assert.equal((await run('skip', 'santa-deliveries', 'silver_santa_deliveries', 'nowhere')).exit, 2);
  const { exit, out } = await run('status', '--help');
  assert.equal(exit, 0);
  assert.match(out, /Example:\n {2}medallion status/);
});

test('refresh refuses what keeps no rows, with what to refresh instead, and knows only tables of the pipeline', async () => {
  const refused = await run('refresh', 'medallion-sales', 'customer_changes');
  assert.deepEqual([refused.exit, refused.out], [1, '']);
  assert.match(refused.err, /MED_REFRESH_REFUSED.*refresh silver_customers/s);
  assert.equal((await run('refresh', 'santa-deliveries', 'nowhere')).exit, 2);
  assert.match((await run('refresh', '--help')).out, /Services that start in between wait/);
});

test('new writes a pipeline under the name that was asked for, and overwrites nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'medallion-new-'));
  try {
    await newPipeline(['toy-sales'], folder);
    assert.deepEqual(readdirSync(join(folder, 'toy-sales')).sort(), ['pipeline.test.ts', 'pipeline.ts']);
    const text = readFileSync(join(folder, 'toy-sales/pipeline.ts'), 'utf8');
    assert.match(text, /pipeline\('toy-sales'/);
    assert.doesNotMatch(text, /my-pipeline/);
    await assert.rejects(newPipeline(['toy-sales'], folder), /exists already/);
    await assert.rejects(newPipeline(['../up'], folder), /no name of a pipeline/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
