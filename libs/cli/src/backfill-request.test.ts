import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import { askedFor, defaultId, type Flags } from './backfill-request.ts';

const isUsage = (error: unknown): boolean => isMedallionError(error) && error.code === 'MED_CONFIG_INVALID';

test('a folder, a file and a pattern are a root with a pattern, and the format goes by the name', async () => {
  const root = await mkdtemp(join(tmpdir(), 'backfill-'));
  await writeFile(join(root, 'old.csv'), 'id\n1\n');
  const asked = async (files: string, format?: string) => {
    const { from } = await askedFor({ files, format });
    assert.ok(from.kind === 'files');
    return [from.url, from.pattern, from.format.kind];
  };
  assert.deepEqual(await asked(join(root, 'old.csv')), [root, 'old.csv', 'csv']);
  assert.deepEqual(await asked(root, 'parquet'), [root, '*', 'parquet']);
  assert.deepEqual(await asked(join(root, '2024-*.jsonl.gz')), [root, '2024-*.jsonl.gz', 'json_lines']);
  assert.deepEqual(await asked('s3://lake/old/2024-*.json'), ['s3://lake/old', '2024-*.json', 'json']);
  assert.deepEqual(await asked('s3://lake/old', 'json'), ['s3://lake/old', '*', 'json']);
  await assert.rejects(askedFor({ files: root }), isUsage, 'a folder does not tell the format');
  await assert.rejects(askedFor({ files: join(root, 'none.csv') }), isUsage);
});

test('a range of a topic is offsets or times of its records, a day beginning in UTC', async () => {
  const { from } = await askedFor({ topic: 'old', from: '17', to: '2024-02-01' });
  assert.deepEqual(from, { kind: 'topic', topic: 'old', from: { offset: 17 }, to: { timeMs: Date.UTC(2024, 1, 1) } });
  const wrong: readonly Flags[] = [
    {},
    { topic: 'a', files: 'b' },
    { topic: 'a', from: 'soon' },
    { topic: 'a', format: 'csv' },
  ];
  for (const flags of wrong) await assert.rejects(askedFor(flags), isUsage, JSON.stringify(flags));
});

test('the same request has the same name, another one another', async () => {
  const { from } = await askedFor({ topic: 'old' });
  const other = await askedFor({ topic: 'old', to: '5' });
  assert.equal(defaultId('orders', from), defaultId('orders', { ...from }));
  assert.notEqual(defaultId('orders', from), defaultId('orders', other.from));
  assert.notEqual(defaultId('orders', from), defaultId('customers', from));
});
