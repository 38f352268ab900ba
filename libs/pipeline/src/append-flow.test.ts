import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, int, long, nullable, row, string, timestamp } from '@medallion/schema';
import {
  files,
  json,
  jsonLines,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  streamingTable,
  topic,
  tumbling,
  view,
} from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Raw = row('Raw', { id: string(), status: string(), pieces: int(), at: timestamp() });
const orders = streamingTable('orders').from(topic('raw', { format: json(Raw), key: 'id' }));
const of = (status: string) =>
  view(status)
    .from(orders)
    .where(status, (d) => d.status === status);
const pending = of('pending').select('id', 'pieces');
const done = of('done');
const both = streamingTable('both').appendFlow('pending', pending).appendFlow('done', done);

describe('append flows', () => {
  it('have names of their own, and the columns of the first', () => {
    const plan = planOf('streaming_table', orders, pending, done, both);
    assert.deepEqual(
      plan.flows.map(({ name, views, once }) => ({ name, views, once })),
      [
        { name: 'both.pending', views: ['pending'], once: false },
        { name: 'both.done', views: ['done'], once: false },
      ],
    );
    assert.deepEqual(columnsOf(plan), ['id string?', 'pieces int?']);
    assert.equal(plan.key, 'id');
  });

  it('leave out what the first does not bring', () => {
    const [, second] = planOf('streaming_table', orders, pending, done, both).flows;
    const last = second?.steps.at(-1);
    assert.ok(last?.kind === 'omit' && last.columns.includes('status') && !last.columns.includes('id'));
  });

  it('share the steps that are written after them', () => {
    const table = both.expectOrDrop('has_id', 'id', nonEmpty).derive((c) => ({ length: c.int((d) => d.id.length) }));
    const plan = planOf('streaming_table', orders, pending, done, table);
    const [first, second] = plan.flows;
    assert.deepEqual(
      first?.steps.map(({ kind }) => kind),
      ['where', 'omit', 'judge', 'derive'],
    );
    assert.deepEqual(
      second?.steps.map(({ kind }) => kind),
      ['where', 'omit', 'judge', 'derive'],
    );
    assert.equal(first?.steps.at(-2), second?.steps.at(-2));
    assert.deepEqual(columnsOf(plan), ['id string', 'pieces int?', 'length int']);
  });

  it('may run once', () => {
    const table = streamingTable('t').appendFlow('live', pending).appendFlow('history', pending, { once: true });
    assert.deepEqual(
      planOf('streaming_table', orders, pending, table).flows.map(({ once }) => once),
      [false, true],
    );
  });

  it('have no common key where they differ in it', () => {
    const other = streamingTable('other').from(topic('other', { format: json(Raw), key: 'status' }));
    const table = streamingTable('t').appendFlow('a', orders).appendFlow('b', other);
    assert.equal(planOf('streaming_table', orders, other, table).key, null);
  });

  it('may read files, each flow a folder of its own', () => {
    const from = (path: string, partitions: number) =>
      files(path, { pattern: '*.json', format: jsonLines(Raw), key: 'id', partitions });
    const table = streamingTable('t').appendFlow('eu', from('eu', 2));
    const plan = planOf('streaming_table', table.appendFlow('us', from('us', 2), { once: true }));
    assert.equal(plan.layer, 'bronze');
    assert.deepEqual(
      plan.flows.map(({ source }) => source.kind === 'files' && source.filesTopic),
      ['shop.t.eu.files', 'shop.t.us.files'],
    );
    isRefused([table.appendFlow('us', from('us', 3))], /its flows read files into 2 and 3 partitions/);
  });

  it('may bring narrower values than the first', () => {
    const Wide = row('Wide', { id: string(), pieces: double() });
    const wide = streamingTable('wide').from(topic('wide', { format: json(Wide), key: 'id' }));
    const table = streamingTable('t').appendFlow('wide', wide).appendFlow('narrow', orders);
    assert.deepEqual(planOf('streaming_table', orders, wide, table).flows.length, 2);
  });
});

describe('append flows are refused', () => {
  it('for names that are taken or no names', () => {
    isRefused(
      [orders, streamingTable('t').appendFlow('a', orders).appendFlow('a', orders)],
      /two of its flows are named "a"/,
    );
    isRefused([orders, streamingTable('t').appendFlow('A b', orders)], /flow "A b" is not snake_case/);
    isRefused([orders, streamingTable('t').appendFlow('quarantine', orders)], /has the name of a topic/);
    for (const name of ['redrive', 'backfill'])
      isRefused([orders, streamingTable('t').appendFlow(name, orders)], /a flow that the engine adds to every table/);
  });

  it('when a later flow lacks a column, or brings another type', () => {
    const Other = row('Other', { id: string(), pieces: long(), note: nullable(string()) });
    const other = streamingTable('other')
      .from(topic('other', { format: json(Other), key: 'id' }))
      .select('id', 'pieces');
    isRefused(
      [orders, other, streamingTable('t').appendFlow('a', orders).appendFlow('b', untyped(other))],
      /flow "t\.b" has no "status", "at", .*which the first flow brings/,
      /flow "t\.b" brings "pieces" as long or null, the first flow as int/,
    );
  });

  it('when a later flow brings null where the first does not', () => {
    const strict = streamingTable('strict').from(orders).expectOrDrop('id', 'id', nonEmpty);
    isRefused(
      [orders, strict, streamingTable('t').appendFlow('a', strict).appendFlow('b', untyped(orders))],
      /brings "id" as string or null, the first flow as string;/,
    );
  });

  it('together with dedupe', () => {
    const table = streamingTable('t')
      .appendFlow('a', orders)
      .appendFlow('b', orders)
      .expectOrDrop('at', 'at', notNull)
      .eventTime('at', { watermarkDelay: minutes(5) });
    isRefused([orders, table.dedupe({ by: 'id', within: minutes(1) })], /drops duplicates of several flows/);
  });

  it('below windows', () => {
    const table = streamingTable('t')
      .appendFlow('a', orders)
      .appendFlow('b', orders)
      .expectOrDrop('at', 'at', notNull)
      .eventTime('at', { watermarkDelay: minutes(5) });
    const windowed = materializedView('gold')
      .from(table)
      .windowedBy(tumbling(minutes(1)))
      .aggregate((a) => ({ n: a.count() }));
    isRefused([orders, table, windowed], /"gold": .*"t" is fed by several flows/);
    assert.equal(planOf('streaming_table', orders, table).eventTime?.column, 'at');
  });
});
