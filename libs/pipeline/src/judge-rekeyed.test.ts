import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes } from '@medallion/core';
import { row, string } from '@medallion/schema';
import { files, isoInstant, jsonLines, materializedView, streamingTable, tumbling } from './index.ts';
import { isRefused, problemsOf } from './test/refused.ts';

const Raw = row('Raw', { id: string(), at: string() });

/** A windowed view two tables behind files that so many readers read. */
function tables(partitions: number, dedupe = false) {
  const landed = streamingTable('landed').from(
    files('in', { pattern: '*.json', format: jsonLines(Raw), key: 'id', partitions }),
  );
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

test('windows over files that several readers read are refused: the fastest would make the others late', () => {
  isRefused(tables(4), /"windowed": it is windowed, over files that 4 readers read.*partitions: 1/);
  isRefused(tables(4, true), /"timed": it drops duplicates/, /"windowed": it is windowed/);
});

test('files that are read in order by one may be windowed', () => {
  assert.deepEqual(problemsOf(tables(1, true)), []);
});
