import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, list, row, string, timestamp } from '@medallion/schema';
import {
  describe as described,
  expectationsOf,
  json,
  minutes,
  nonEmpty,
  notNull,
  pipeline,
  positive,
  streamingTable,
  topic,
} from './index.ts';
import { isRefused, planOf, untyped } from './test/refused.ts';

const Raw = row('Raw', { id: string(), pieces: int(), at: timestamp(), items: list(row('Item', { sku: string() })) });
const timed = streamingTable('orders')
  .from(topic('raw', { format: json(Raw), key: 'id' }))
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(5) });

describe('expectUnique', () => {
  it('is a rule over the rows of a span of event time, which warns unless it says otherwise', () => {
    const [, , warned] = planOf('streaming_table', timed.expectUnique('unique', { by: 'id', within: minutes(90) }))
      .flows[0]!.steps;
    const rule = { name: 'unique', action: 'warn', text: 'id is unique within 1 h 30 min of event time' };
    assert.deepEqual(warned, { kind: 'dedupe', by: 'id', withinMs: minutes(90), rule });
    const dropped = timed.expectUnique('unique', { by: 'id', within: minutes(1), action: 'drop' });
    const plan = planOf('streaming_table', dropped);
    assert.deepEqual(
      expectationsOf(plan).map(({ name, action }) => [name, action]),
      [
        ['at', 'drop'],
        ['unique', 'drop'],
      ],
    );
    assert.match(described(pipeline('shop', { tables: [dropped] })), /expect {6}unique: id is unique within 1 min/);
  });

  it('is refused without event time, beside dedupe, by lists, and under a name that is taken', () => {
    const unique = { by: 'id', within: minutes(1) } as const;
    const untimed = streamingTable('t').from(topic('raw', { format: json(Raw), key: 'id' }));
    isRefused([untimed.expectUnique('u', untyped(unique))], /expectUnique counts in event time, and none is declared/);
    isRefused(
      [timed.dedupe(unique).expectUnique('u', unique)],
      /drops duplicates twice; keep one dedupe or expectUnique/,
    );
    isRefused([timed.expectUnique('u', { by: 'items', within: minutes(1) })], /expectUnique is by "items", a list/);
    isRefused([timed.expectUnique('at', unique)], /two expectations are named "at"/);
    isRefused(
      [timed.expectUnique('u', { by: untyped('nope'), within: minutes(1) })],
      /expectUnique names column "nope"/,
    );
  });
});

describe('failWhen', () => {
  it('gives an expectation a threshold, and leaves it where it is judged', () => {
    const table = timed
      .expectOrDrop('id', 'id', nonEmpty)
      .failWhen('id', { moreThan: 0.05, of: minutes(5) })
      .expect('pieces', 'pieces', positive)
      .expectUnique('unique', { by: 'id', within: minutes(1) })
      .failWhen('unique', { moreThan: 0, of: minutes(1), atLeast: 10 });
    const steps = planOf('streaming_table', table).flows[0]!.steps;
    const judged = steps[2];
    assert.ok(judged?.kind === 'judge');
    assert.deepEqual(
      judged.expectations.map(({ name, threshold }) => [name, threshold]),
      [
        ['id', { moreThan: 0.05, ofMs: minutes(5), atLeast: 100 }],
        ['pieces', undefined],
      ],
    );
    const unique = steps[3];
    assert.ok(unique?.kind === 'dedupe');
    assert.deepEqual(unique.rule?.threshold, { moreThan: 0, ofMs: minutes(1), atLeast: 10 });
    assert.match(
      described(pipeline('shop', { tables: [table] })),
      /id: id is not empty, or drop; stops when more than 5 % of 5 min break it/,
    );
  });

  it('is refused for rules that are not there or stop the flow at once, and for shares that are none', () => {
    const threshold = { moreThan: 0.05, of: minutes(5) } as const;
    isRefused([timed.failWhen('nope', threshold)], /failWhen names expectation "nope", which does not exist.*"at"/);
    isRefused([timed.failWhen('at', threshold).failWhen('at', threshold)], /"at" has two thresholds/);
    isRefused([timed.expectOrFail('f', 'id', nonEmpty).failWhen('f', threshold)], /is never reached/);
    for (const moreThan of [-0.1, 1, 5, Number.NaN])
      isRefused([timed.failWhen('at', { ...threshold, moreThan })], /the threshold of "at" is .*; give a share/);
    isRefused([timed.failWhen('at', { ...threshold, of: minutes(0) })], /the window of the threshold of "at" is 0 ms/);
    isRefused([timed.failWhen('at', { ...threshold, atLeast: 0 })], /counts from 0 rows on/);
  });
});
