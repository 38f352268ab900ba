import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hours } from '@medallion/core';
import { int, list, long, row, string, timestamp } from '@medallion/schema';
import {
  days,
  files,
  json,
  jsonLines,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  parquet,
  snapshot,
  sql,
  streamingTable,
  topic,
  view,
} from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Raw = row('Raw', { id: long(), name: string(), op: string(), version: int(), changed_at: timestamp() });
const bronze = streamingTable('bronze').from(topic('raw', { format: json(Raw), key: 'id' }));
const clean = streamingTable('clean').from(bronze).select('id', 'name', 'op', 'version', 'changed_at');
const changes = streamingTable('customers').from(clean);
const keyed = (options: object, from = changes) =>
  from.applyChanges(untyped({ keys: ['id'], sequenceBy: 'changed_at', ...options }));
const plan = (options: object = {}) => planOf('keyed_table', bronze, clean, keyed(options));

describe('applyChanges', () => {
  it('makes a table of one row a key, whose keys and sequence are never null', () => {
    const table = plan();
    assert.equal(table.layer, 'silver');
    assert.equal(table.changelogTopic, 'shop.customers.changelog');
    assert.equal(table.quarantineTopic, 'shop.customers.quarantine');
    assert.deepEqual([table.keys, table.sequenceBy, table.storedAs, table.tracked], [['id'], 'changed_at', 1, []]);
    assert.deepEqual(table.flow.source, { kind: 'table', table: 'clean' });
    assert.equal(table.flow.name, 'customers');
    assert.equal(table.deletes, null);
    assert.equal(table.tombstoneRetentionMs, days(7));
    assert.equal(table.storage.cleanup, 'compact');
    assert.deepEqual(columnsOf(table), [
      'id long',
      'name string?',
      'op string?',
      'version int?',
      'changed_at timestamp',
    ]);
  });

  it('keeps rules before it in its flow, and narrows what they check', () => {
    const judged = changes.expectOrDrop('named', 'name', notNull).expect('new', 'version', notNull);
    const { flow, schema } = planOf('keyed_table', bronze, clean, keyed({}, untyped(judged)));
    assert.deepEqual(
      flow.steps.flatMap((step) => (step.kind === 'judge' ? step.expectations.map(({ name }) => name) : [step.kind])),
      ['named', 'new'],
    );
    assert.equal(schema.fields.find(({ name }) => name === 'name')?.nullable, false);
  });

  it('keeps the steps before it in its flow', () => {
    const table = keyed({}, untyped(changes.where('named', (row) => row.name !== null).omit('version')));
    const { flow, schema } = planOf('keyed_table', bronze, clean, table);
    assert.deepEqual(
      flow.steps.map(({ kind }) => kind),
      ['where', 'omit'],
    );
    assert.deepEqual(
      schema.fields.map(({ name }) => name),
      ['id', 'name', 'op', 'changed_at'],
    );
  });

  it('leaves out columns that only say what the change is', () => {
    const table = plan({ applyAsDeletes: "op = 'DELETE'", except: ['op'] });
    assert.deepEqual(columnsOf(table), ['id long', 'name string?', 'version int?', 'changed_at timestamp']);
    assert.equal(table.deletes?.text, "op = 'DELETE'");
    assert.deepEqual(
      ['DELETE', 'UPSERT', null].map((op) => table.deletes?.test({ op })),
      [true, false, false],
    );
  });

  it('takes words and a test for deletes too', () => {
    const { deletes } = plan({ applyAsDeletes: { text: 'is a delete', test: (d: { op: string }) => d.op === 'D' } });
    assert.equal(deletes?.text, 'is a delete');
    assert.equal(deletes.test({ op: 'D' }), true);
  });

  it('adds the validity of a version to type 2, and tracks all but keys, sequence and audit columns', () => {
    const table = plan({ storedAs: 2 });
    assert.deepEqual(columnsOf(table).slice(-2), ['__START_AT timestamp', '__END_AT timestamp?']);
    assert.deepEqual(table.tracked, ['name', 'op', 'version']);
    const all = streamingTable('customers').from(bronze);
    assert.deepEqual(planOf('keyed_table', bronze, keyed({ storedAs: 2 }, untyped(all))).tracked, [
      'name',
      'op',
      'version',
    ]);
  });

  it('tracks the columns that it is told to', () => {
    assert.deepEqual(plan({ storedAs: 2, trackHistory: ['name'] }).tracked, ['name']);
    assert.deepEqual(plan({ storedAs: 2, trackHistory: { except: ['version'] } }).tracked, ['name', 'op']);
  });

  it('may have several keys, one of which is that of its source', () => {
    assert.deepEqual(plan({ keys: ['id', 'name'] }).keys, ['id', 'name']);
  });

  it('keeps what was said of the table before', () => {
    const table = keyed(
      { tombstoneRetention: hours(1) },
      untyped(changes.comment('x').version(2).layer('gold').tags({ a: 'b' })),
    );
    const { comment, version, layer, governance, tombstoneRetentionMs } = planOf('keyed_table', bronze, clean, table);
    assert.deepEqual(
      [comment, version, layer, governance.tags, tombstoneRetentionMs],
      ['x', 2, 'gold', { a: 'b' }, hours(1)],
    );
  });
});

describe('applyChanges is refused', () => {
  const refused = (options: object, ...messages: readonly RegExp[]) =>
    isRefused([bronze, clean, keyed(options)], ...messages);

  it('for columns that do not exist', () => {
    refused({ keys: ['id', 'nope'] }, /keys names column "nope"/);
    refused({ sequenceBy: 'nope' }, /sequenceBy names column "nope"/);
    refused({ except: ['nope'] }, /except names column "nope"/);
    refused({ storedAs: 2, trackHistory: ['nope'] }, /trackHistory names column "nope"/);
    refused({ applyAsDeletes: "nope = 'D'" }, /applyAsDeletes: there is no column "nope"/);
  });

  it('for no keys, repeated keys, and keys and sequences that are left out', () => {
    refused({ keys: [] }, /the records of "clean" are keyed by "id"/, /it has no keys/);
    refused({ keys: ['id', 'id'] }, /its keys "id", "id" repeat/);
    refused({ except: ['changed_at'] }, /leaves out "changed_at", which is a key or the sequence/);
  });

  it('for sequences without an order, and keys that are lists', () => {
    refused({ sequenceBy: 'name' }, /its sequence "name" is a string; choose a number or a time/);
    const Listed = row('Listed', { id: long(), tags: list(row('Tag', { tag: string() })), at: long() });
    const listed = streamingTable('listed').from(topic('l', { format: json(Listed), key: 'id' }));
    const table = streamingTable('t')
      .from(listed)
      .applyChanges(untyped({ keys: ['id', 'tags'], sequenceBy: 'at' }));
    isRefused([listed, table], /its key "tags" is a list/);
  });

  it('for history that is not kept, and for keys as history', () => {
    refused({ trackHistory: ['name'] }, /tracks history and is stored as type 1/);
    refused({ storedAs: 2, trackHistory: ['id'] }, /trackHistory names "id", a key/);
  });

  it('where changes of one key may come in several partitions', () => {
    refused({ keys: ['name'] }, /its keys are "name", and the records of "clean" are keyed by "id"; key the topic/);
    const keyless = view('keyless').from(clean).select('name', 'changed_at');
    const table = streamingTable('t')
      .from(keyless)
      .applyChanges({ keys: ['name'], sequenceBy: 'changed_at' });
    isRefused([bronze, clean, keyless, table], /keyed by no column that is left/);
  });

  it('of topics and files, of several flows, with an event time, and after explode', () => {
    const direct = streamingTable('t').from(topic('x', { format: json(Raw), key: 'id' }));
    isRefused([keyed({}, untyped(direct))], /its changes come from a topic; declare a streaming table/);
    const landed = streamingTable('t').from(files('x', { pattern: '*.json', format: jsonLines(Raw), key: 'id' }));
    isRefused([keyed({}, untyped(landed))], /its changes come from files/);
    const fed = streamingTable('t').appendFlow('a', clean).appendFlow('b', clean);
    isRefused([bronze, clean, keyed({}, untyped(fed))], /its changes come by several flows/);
    const dated = streamingTable('dated').from(bronze).expectOrDrop('at', 'changed_at', notNull);
    const timed = streamingTable('t')
      .from(dated)
      .eventTime('changed_at', { watermarkDelay: minutes(1) });
    isRefused([bronze, dated, keyed({}, untyped(timed))], /it declares an event time/);
  });

  it('for settings that only streams have, and for a table that is read as a stream', () => {
    refused({ tombstoneRetention: -1 }, /deleted keys are remembered is -1 ms/);
    isRefused([bronze, clean, keyed({}, untyped(changes.retention(days(1))))], /it calls \.retention\(\)/);
    const table = keyed({});
    isRefused(
      [bronze, clean, table, streamingTable('t').from(untyped(table))],
      /"t": it reads "customers", a keyed table; read the streaming table that its changes come from/,
    );
  });
});

describe('a snapshot', () => {
  const source = snapshot('landing/customers', { pattern: '*.parquet', format: parquet(Raw), keys: ['id'] });

  it('makes a keyed table of bronze, in which what it no longer holds is deleted', () => {
    for (const table of [streamingTable('mv').from(source), materializedView('mv').from(source)]) {
      const made = planOf('keyed_table', table);
      assert.equal(made.layer, 'bronze');
      assert.deepEqual([made.keys, made.sequenceBy, made.storedAs, made.deletes], [['id'], null, 1, null]);
      assert.ok(made.flow.source.kind === 'snapshot');
      assert.equal(made.flow.source.filesTopic, 'shop.mv.files');
      assert.equal(made.flow.source.path, 'landing/customers');
      assert.deepEqual(columnsOf(made), [
        'id long',
        'name string?',
        'op string?',
        'version int?',
        'changed_at timestamp?',
      ]);
    }
  });

  it('is judged before it counts', () => {
    const table = materializedView('mv')
      .from(source)
      .expectOrDrop('named', 'name', nonEmpty)
      .expect('versioned', sql('version > 0'))
      .constraint('CONSTRAINT known EXPECT (op IS NOT NULL) ON VIOLATION FAIL UPDATE')
      .comment('x');
    const made = planOf('keyed_table', table);
    const [step] = made.flow.steps;
    assert.ok(step?.kind === 'judge' && made.flow.steps.length === 1);
    assert.deepEqual(
      step.expectations.map(({ name, action }) => [name, action]),
      [
        ['named', 'drop'],
        ['versioned', 'warn'],
        ['known', 'fail'],
      ],
    );
    assert.equal(columnsOf(made)[1], 'name string');
    isRefused([materializedView('mv').from(source).expect('x', untyped('nope'), nonEmpty)], /names column "nope"/);
  });

  it('is refused for keys that are not declared', () => {
    const wrong = snapshot('x', { pattern: '*', format: parquet(Raw), keys: [untyped('nope')] });
    isRefused([streamingTable('t').from(wrong)], /the key "nope" is not a declared column/, /keys names column "nope"/);
  });
});
