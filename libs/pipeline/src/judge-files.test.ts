import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes } from '@medallion/core';
import { int, row, string } from '@medallion/schema';
import {
  files,
  isoInstant,
  jsonLines,
  materializedView,
  type ReadFromFile,
  type StreamingTable,
  snapshot,
  streamingTable,
  tumbling,
} from './index.ts';
import { isRefused, problemsOf } from './test/refused.ts';

const Raw = row('Raw', { id: string(), at: string() });
const from = (path: string, readers?: number) =>
  files(path, {
    ...{ pattern: '*.json', format: jsonLines(Raw), key: 'id' },
    ...(readers === undefined ? {} : { readers }),
  });

/** The rows of a table with their event time, and a windowed view of them. */
function timedOf(landed: StreamingTable<ReadFromFile<{ id: string; at: string }>, false>, dedupe = false) {
  const timed = streamingTable('timed')
    .from(landed)
    .expectOrDrop('at', 'at', isoInstant)
    .eventTime('at', { watermarkDelay: minutes(1) });
  const source = dedupe ? timed.dedupe({ by: 'id', within: minutes(1) }) : timed;
  const windowed = materializedView('windowed')
    .from(source)
    .windowedBy(tumbling(minutes(1)))
    .aggregate((a) => ({ n: a.count() }));
  return [landed, source, windowed];
}

/** A windowed view two tables behind files that so many readers read. */
function tables(readers?: number, dedupe = false) {
  return timedOf(streamingTable('landed').from(from('in', readers)), dedupe);
}

test('windows over files that several readers read are refused: the fastest would make the others late', () => {
  isRefused(tables(4), /"windowed": it is windowed, over files that 4 readers read.*readers: 1/);
  isRefused(tables(4, true), /"timed": it drops duplicates/, /"windowed": it is windowed/);
});

test('files that are read in order by one, as they are unless told otherwise, may be windowed', () => {
  assert.deepEqual(problemsOf(tables(1, true)), []);
  assert.deepEqual(problemsOf(tables(undefined, true)), []);
});

test('two flows that read files into one table are two readers; one that runs once does not count', () => {
  const both = (once: boolean) =>
    timedOf(streamingTable('landed').appendFlow('eu', from('eu')).appendFlow('us', from('us'), { once }));
  isRefused(both(false), /"windowed": it is windowed, over files that 2 readers read/);
  assert.deepEqual(problemsOf(both(true)), []);
});

test('a table that reads files may neither drop duplicates nor join: rows of a key are not together yet', () => {
  const deduped = streamingTable('deduped')
    .from(from('in'))
    .expectOrDrop('at', 'at', isoInstant)
    .eventTime('at', { watermarkDelay: minutes(1) })
    .dedupe({ by: 'id', within: minutes(1) });
  isRefused([deduped], /"deduped": it drops duplicates while it reads files.*in one that reads that table/);
  const names = streamingTable('names').from(
    snapshot('names', {
      ...{ pattern: '*.json', format: jsonLines(row('Name', { id: string(), n: int() })), keys: ['id'] },
    }),
  );
  const joined = streamingTable('joined')
    .from(from('in'))
    .join(names, { on: 'id', columns: ['n'], type: 'left' });
  isRefused([names, joined], /"joined": it joins while it reads files/);
});
