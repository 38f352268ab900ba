import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, int, long, row, string } from '@medallion/schema';
import { avro, csv, files, jsonArray, jsonLines, parquet, streamingTable, topic } from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Raw = row('Raw', { id: string(), pieces: int() });
const options = { pattern: '*.json', format: jsonLines(Raw), key: 'id' } as const;

describe('files', () => {
  it('are the source of a bronze table with the columns that say where a row came from', () => {
    const plan = planOf('streaming_table', streamingTable('t').from(files('landing/orders', options)));
    assert.equal(plan.layer, 'bronze');
    assert.equal(plan.key, 'id');
    assert.deepEqual(columnsOf(plan), [
      'id string?',
      'pieces int?',
      '_rescued_data string?',
      'ingestion_timestamp timestamp',
      'ingestion_date date',
      'source_file string',
      'source_row long',
    ]);
    assert.ok(plan.flows[0]?.source.kind === 'files');
    const { declared, ...source } = plan.flows[0].source;
    assert.deepEqual(declared.fields.length, 2);
    assert.deepEqual(source, {
      kind: 'files',
      path: 'landing/orders',
      pattern: '*.json',
      format: { kind: 'json_lines' },
      evolution: 'rescue',
      key: 'id',
      partitions: 4,
      readers: 1,
      filesTopic: 'shop.t.files',
    });
  });

  it('are read in four formats', () => {
    const formats = [jsonLines(Raw), jsonArray(Raw), csv(Raw), csv(Raw, { delimiter: ';' }), parquet(Raw)].map(
      (format) => {
        const [flow] = planOf('streaming_table', streamingTable('t').from(files('x', { ...options, format }))).flows;
        assert.ok(flow?.source.kind === 'files');
        return flow.source.format;
      },
    );
    assert.deepEqual(formats, [
      { kind: 'json_lines' },
      { kind: 'json' },
      { kind: 'csv', delimiter: ',' },
      { kind: 'csv', delimiter: ';' },
      { kind: 'parquet' },
    ]);
  });

  it('are refused for paths outside the root, patterns with folders, and wrong delimiters, keys and counts', () => {
    const refused = (source: unknown, ...messages: RegExp[]) =>
      isRefused([untyped(streamingTable('t').from(untyped(source)))], ...messages);
    for (const path of ['', '/etc', '../x', 'a/../b', 'a//b', './a', 'a\\b'])
      refused(files(path, options), /is no folder below the root/);
    refused(files('x', { ...options, pattern: 'a/*.json' }), /its pattern "a\/\*\.json" is no name/);
    refused(files('x', { ...options, format: csv(Raw, { delimiter: ';;' }) }), /its delimiter is ";;"/);
    refused(files('x', { ...options, key: untyped('nope') }), /the key "nope" is not a declared column/);
    refused(files('x', { ...options, partitions: 0 }), /it has 0 partitions/);
    refused(files('x', { ...options, readers: 0 }), /it has 0 readers/);
    refused(files('x', { ...options, partitions: 2, readers: 3 }), /it has 3 readers.*from 1 to 2, its partitions/);
    const Taken = row('Taken', { id: string(), source_file: string() });
    refused(files('x', { ...options, format: jsonLines(Taken) }), /"source_file" has a name that the engine uses/);
  });
});

describe('a topic of Avro records', () => {
  it('is a source like one of JSON', () => {
    const Sent = row('Sent', { id: long(), weight: double() });
    const plan = planOf('streaming_table', streamingTable('t').from(topic('sent', { format: avro(Sent), key: 'id' })));
    assert.ok(plan.flows[0]?.source.kind === 'topic' && plan.flows[0].source.format === 'avro');
    assert.deepEqual(columnsOf(plan).slice(0, 3), ['id long?', 'weight double?', '_rescued_data string?']);
  });
});
