import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv, files, json, pipeline, snapshot, streamingTable, topic } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { generatorOf, preparerOf } from './fleet.ts';

const Raw = row('Raw', { id: string() });
const plan = pipeline('toy-sales', {
  tables: [
    streamingTable('a').from(topic('sales', { format: json(Raw), key: 'id' })),
    streamingTable('b').from(files('toy/files', { pattern: '*.csv', format: csv(Raw), key: 'id' })),
    streamingTable('c').from(snapshot('toy/all', { pattern: '*.csv', format: csv(Raw), keys: ['id'] })),
  ],
});

test('for a pipeline without a generator what it reads is made, and nothing is sent', () => {
  assert.equal(generatorOf('toy-sales'), undefined);
  assert.deepEqual(preparerOf(plan).args, [
    ...['toy-sales', '--topic', 'sales', '--folder', 'toy/files', '--folder', 'toy/all', '--events', '0'],
  ]);
});
