import assert from 'node:assert/strict';
import { it, describe as suite } from 'node:test';
import { int, row, string } from '@medallion/schema';
import { avro, csv, describe, files, json, personalColumns, pipeline, streamingTable, topic } from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Raw = row('Raw', { id: string(), pieces: int() });
const landed = { pattern: '*.csv', format: csv(Raw), key: 'id' } as const;

suite('a source with raw: true', () => {
  it('gives rows the text that they were read from, behind the declared columns', () => {
    for (const source of [
      topic('raw', { format: json(Raw), key: 'id', raw: true }),
      topic('raw', { format: avro(Raw), key: 'id', raw: true }),
    ])
      assert.deepEqual(columnsOf(planOf('streaming_table', streamingTable('t').from(source))).slice(0, 4), [
        'id string?',
        'pieces int?',
        '_raw string?',
        '_rescued_data string?',
      ]);
    const fromFiles = planOf('streaming_table', streamingTable('t').from(files('in', { ...landed, raw: true })));
    assert.deepEqual(columnsOf(fromFiles).slice(2, 4), ['_raw string?', '_rescued_data string?']);
  });

  it('is shown by describe', () => {
    const text = (raw: boolean) =>
      describe(
        pipeline('shop', {
          tables: [
            streamingTable('t').from(topic('raw', { format: json(Raw), key: 'id', raw })),
            streamingTable('u').from(files('in', { ...landed, raw })),
          ],
        }),
      );
    assert.match(text(true), /from {8}topic raw \(json, key id, raw\)\n/);
    assert.match(text(true), /other columns: rescue, raw\)\n/);
    assert.equal(text(true).match(/_raw +string or null {2}-- the input that the row was read from/g)?.length, 2);
    assert.doesNotMatch(text(false), /_raw|, raw/);
  });

  it('is another table than one without; without, it is the table that it was before there was the option', () => {
    const of = (raw?: boolean) =>
      planOf(
        'streaming_table',
        streamingTable('t').from(topic('raw', { format: json(Raw), key: 'id', ...(raw === undefined ? {} : { raw }) })),
      );
    assert.equal(of(false).hash, of().hash);
    assert.notEqual(of(true).hash, of().hash);
    assert.ok(!('raw' in of(false).flows[0]!.source));
  });

  it('keeps the name for itself', () => {
    const Own = row('Own', { id: string(), _raw: string() });
    isRefused(
      [streamingTable('t').from(topic('raw', { format: json(Own), key: 'id' }))],
      /column "_raw" has a name that the engine uses itself/,
    );
  });

  it('feeds no table whose first flow has no text, except without it, and the other way round is refused', () => {
    const plain = topic('a', { format: json(Raw), key: 'id' });
    const raw = topic('b', { format: json(Raw), key: 'id', raw: true });
    const added = planOf('streaming_table', streamingTable('t').appendFlow('a', plain).appendFlow('b', raw));
    assert.deepEqual(added.flows[1]!.steps, [{ kind: 'omit', columns: ['_raw'] }]);
    isRefused(
      [streamingTable('t').appendFlow('b', raw).appendFlow('a', untyped(plain))],
      /flow "t.a" has no "_raw", which the first flow brings/,
    );
  });

  it('is no reason for a new version of a row in a history', () => {
    const bronze = streamingTable('bronze').from(topic('raw', { format: json(Raw), key: 'id', raw: true }));
    const keyed = { keys: ['id'], sequenceBy: 'source_offset', storedAs: 2 } as const;
    const history = streamingTable('history').from(bronze).applyChanges(keyed);
    assert.deepEqual(planOf('keyed_table', bronze, history).tracked, ['pieces']);
  });

  it('is personal where a column is, as what was rescued is, and wherever the text is taken to', () => {
    const bronze = streamingTable('bronze')
      .from(topic('raw', { format: json(Raw), key: 'id', raw: true }))
      .personal('id');
    const kept = streamingTable('kept').from(bronze).select('pieces', '_raw');
    const other = streamingTable('other').from(topic('b', { format: json(Raw), key: 'id', raw: true }));
    const personal = personalColumns(pipeline('shop', { tables: [bronze, kept, other] }));
    assert.deepEqual(
      ['bronze', 'kept', 'other'].map((name) => [...personal.get(name)!]),
      [['id', '_raw', '_rescued_data'], ['_raw'], []],
    );
  });
});
