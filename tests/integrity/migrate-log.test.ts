import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, isMedallionError } from '@medallion/core';
import { files, jsonLines, pipeline, streamingTable } from '@medallion/pipeline';
import { columnsGained, migrateLog, verifyOnly } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import { createMemoryCodecs, createMemoryLog, MemoryCluster, MemoryRegistry } from '@medallion/testkit';

/** What `medallion migrate` does to the log, on ports in memory. */

const plan = pipeline('landing', {
  tables: [
    streamingTable('landed')
      .from(
        files('landed', {
          ...{ pattern: '*.json', format: jsonLines(row('Landed', { id: string() })), key: 'id' },
          evolution: 'add_new_columns',
        }),
      )
      .queryable({ partitionBy: 'ingestion_date', retention: days(10) }),
  ],
});
const table = plan.tables[0]!;
const topic = 'landing.landed';

test('columns that files brought are found in the newest records of the topic', async () => {
  const log = createMemoryLog(new MemoryCluster());
  const codecs = createMemoryCodecs(new MemoryRegistry());
  await migrateLog(plan, log, codecs);
  assert.deepEqual(await columnsGained(plan, log, codecs), new Map());
  const found = { name: 'found', type: { kind: 'string' }, nullable: true } as const;
  const wider = { ...table.schema, fields: [...table.schema.fields, found] };
  const encoder = await codecs.encoder(topic, wider);
  const blank = Object.fromEntries(wider.fields.map(({ name, type }) => [name, type.kind === 'string' ? 'x' : 0]));
  const appender = await log.appender();
  const value = encoder.encode(blank);
  await appender.append([{ topic, partition: 0, records: [{ key: null, value, headers: {} }] }]);
  await appender.close();
  const gained = await columnsGained(plan, log, codecs);
  assert.deepEqual(
    [...gained].map(([name, columns]) => [name, columns.map((column) => column.name)]),
    [['landed', ['found']]],
  );
});

test('a log that makes nothing names every topic that is missing, and takes those that are there', async () => {
  const log = createMemoryLog(new MemoryCluster());
  const asked = ['a', 'b'].map((each) => ({ topic: each, partitions: 1, retentionMs: -1, maxMessageBytes: 1_000 }));
  const looking = verifyOnly(log, 'landing');
  await assert.rejects(
    looking.ensureTopics(asked),
    (error) => isMedallionError(error) && error.code === 'MED_NOT_MIGRATED' && /no topic a, b/.test(error.message),
  );
  assert.equal(await log.partitions('a'), null);
  await log.ensureTopics(asked);
  await looking.ensureTopics(asked);
});
