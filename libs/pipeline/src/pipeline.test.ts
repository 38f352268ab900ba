import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMedallionError } from '@medallion/core';
import { int, row, string, timestamp } from '@medallion/schema';
import type { AnyTable } from './declaration.ts';
import {
  days,
  json,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from './index.ts';

const Raw = row('Raw', { id: string(), at: timestamp(), pieces: int() });
const source = topic('raw', { format: json(Raw), key: 'id' });
const bronze = streamingTable('bronze').from(source);
const silver = streamingTable('silver')
  .from(bronze)
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(5) });
const gold = materializedView('gold')
  .from(silver)
  .windowedBy(tumbling(minutes(5)))
  .aggregate((a) => ({ events: a.count() }));

/** What the compiler would refuse: names that are no columns, values of other types. */
const untyped = (value: unknown) => value as never;

function problemsOf(tables: readonly AnyTable[], name = 'shop'): readonly string[] {
  try {
    pipeline(name, { tables });
  } catch (error) {
    assert.ok(isMedallionError(error) && error.code === 'MED_PIPELINE_INVALID', String(error));
    return String((error.details as { problems: string }).problems).split('\n');
  }
  return [];
}
function isRefused(tables: readonly AnyTable[], ...messages: readonly RegExp[]): void {
  const problems = problemsOf(tables);
  assert.equal(problems.length, messages.length, problems.join('\n'));
  for (const [i, message] of messages.entries()) assert.match(problems[i] ?? '', message);
}

describe('pipeline', () => {
  it('is a plan: named, frozen all the way down', () => {
    const plan = pipeline('santa-deliveries', { tables: [bronze, silver, gold] });
    assert.equal(plan.name, 'santa-deliveries');
    assert.equal(plan.schemaName, 'santa_deliveries');
    const isFrozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
    assert.ok(isFrozen(plan));
  });

  it('puts every table after those that it reads', () => {
    const names = pipeline('shop', { tables: [gold, silver, bronze] }).tables.map((t) => t.name);
    assert.deepEqual(names, ['bronze', 'silver', 'gold']);
  });

  it('is the same plan each time', () => {
    const [one, two] = [1, 2].map(() => pipeline('shop', { tables: [bronze, silver, gold] }));
    assert.deepEqual(JSON.stringify(one), JSON.stringify(two));
  });
});

describe('a pipeline is refused', () => {
  it('for a name that makes no topic prefix and no Postgres schema', () => {
    for (const name of ['Santa', 'santa_deliveries', '', '1st', 'a--b', 'x'.repeat(64), 'medallion', 'public', 'pg-x'])
      assert.equal(problemsOf([bronze], name).length, 1, name);
    assert.deepEqual(problemsOf([bronze], 'santa-2'), []);
  });

  it('without tables', () => isRefused([], /it has no tables/));

  it('when two tables share a name', () => {
    isRefused(
      [bronze, streamingTable('bronze').from(topic('other', { format: json(Raw), key: 'id' }))],
      /listed twice/,
    );
  });

  it('when a table that is read is not listed', () => {
    isRefused([silver], /"silver": it reads "bronze", which is not listed; list both/);
  });

  it('when another value is listed than the one that is read', () => {
    isRefused([bronze.comment('later'), silver], /reads another declaration of "bronze".*listed/);
  });

  it('when a table does not say where its rows come from', () => {
    isRefused([untyped(streamingTable('lost')), untyped(materializedView('view'))], /"lost".*\.from/, /"view".*\.from/);
  });

  it('for names of tables that are not snake_case or too long', () => {
    const named = (name: string) => [streamingTable(name).from(source)];
    for (const name of ['Bronze', 'bronze-x', '_bronze', '', 'a b', 'x'.repeat(64), 'a__b'])
      assert.equal(problemsOf(named(name)).length, 1, name);
    assert.deepEqual(problemsOf(named('x'.repeat(63))), []);
  });

  it('for names of columns that are not snake_case, too long, or taken by the engine', () => {
    const derived = (name: string) => [
      streamingTable('t')
        .from(source)
        .derive((c) => untyped({ [name]: c.int(() => 1) })),
    ];
    for (const name of ['Pieces', '_pieces', '__src', 'x'.repeat(64)])
      assert.equal(problemsOf(derived(name)).length, 1, name);
    const declared = row('R', { id: string(), ingestion_timestamp: timestamp(), source_offset: int() });
    isRefused(
      [streamingTable('t').from(topic('raw', { format: json(declared), key: 'id' }))],
      /"ingestion_timestamp"/,
      /"source_offset"/,
    );
  });

  it('for columns of a windowed view that every windowed view has', () => {
    const windowed = materializedView('v')
      .from(silver)
      .windowedBy(tumbling(minutes(1)));
    for (const name of ['is_final', 'updated_at'])
      isRefused(
        [bronze, silver, windowed.aggregate(untyped((a: { count(): unknown }) => ({ [name]: a.count() })))],
        /column of every windowed view/,
      );
  });

  it('when a topic has two uses', () => {
    isRefused([bronze, streamingTable('again').from(source)], /"raw" is a topic of "bronze" too/);
    isRefused([streamingTable('t').from(topic('shop.t', { format: json(Raw), key: 'id' }))], /"shop.t"/);
  });

  it('for a topic that Kafka would not take', () => {
    isRefused([streamingTable('t').from(topic('a topic', { format: json(Raw), key: 'id' }))], /no topic name/);
    isRefused([streamingTable('t').from(topic('x'.repeat(250), { format: json(Raw), key: 'id' }))], /Kafka allows 249/);
  });

  it('for columns that do not exist', () => {
    const t = streamingTable('t').from(topic('x', { format: json(Raw), key: untyped('nope') }));
    isRefused([t], /the key "nope"/);
    isRefused(
      [bronze.expectOrDrop('e', untyped('nope'), nonEmpty)],
      /expectation "e" names column "nope".*choose one of/,
    );
    isRefused([bronze.omit(untyped('nope'))], /omit names column "nope"/);
    isRefused([bronze.eventTime(untyped('nope'), { watermarkDelay: minutes(1) })], /eventTime names column "nope"/);
    isRefused([bronze, silver.dedupe({ by: untyped('nope'), within: minutes(1) })], /dedupe names column "nope"/);
    isRefused([bronze.queryable({ partitionBy: untyped('nope'), retention: days(1) })], /"nope" cannot partition/);
    const windowed = materializedView('v')
      .from(silver)
      .windowedBy(tumbling(minutes(1)));
    isRefused(
      [bronze, silver, windowed.groupBy(untyped('nope')).aggregate((a) => ({ n: a.count() }))],
      /groupBy names/,
    );
    isRefused([bronze, silver, windowed.aggregate((a) => ({ n: a.sum(untyped('nope')) }))], /measure "n" names column/);
    isRefused(
      [bronze, silver, gold.derive((v) => ({ n: (v as unknown as Record<'nope', typeof v.events>).nope }))],
      /column "n" names column/,
    );
    isRefused([bronze, silver, gold.rank({ n: untyped('nope') })], /column "n" names column "nope"/);
  });

  it('for measures of columns that are no numbers', () => {
    const windowed = materializedView('v')
      .from(silver)
      .windowedBy(tumbling(minutes(1)));
    isRefused([bronze, silver, windowed.aggregate((a) => ({ n: a.sum(untyped('at')) }))], /sum of "at", a timestamp/);
    isRefused([bronze, silver, windowed.aggregate((a) => ({ n: a.min(untyped('id')) }))], /min of "id", a string/);
  });

  it('for a calculation with a number that is not finite', () => {
    isRefused([bronze, silver, gold.derive((v) => ({ n: v.events.times(Number.NaN) }))], /calculates with NaN/);
  });

  it('when two expectations share a name, and when one checks nothing', () => {
    isRefused(
      [bronze.expect('e', 'id', nonEmpty).expectOrDrop('e', 'pieces', notNull)],
      /two expectations are named "e"/,
    );
    isRefused([bronze.expect('e', {})], /expectation "e" checks no column/);
  });

  it('when a column is declared twice', () => {
    isRefused(
      [bronze.derive(untyped((c: never) => ({ id: (c as { int(f: unknown): unknown }).int(() => 1) })))],
      /"id" is declared twice/,
    );
    isRefused([bronze, silver, gold.rank(untyped({ events: 'events' }))], /"events" is declared twice/);
  });

  it('when a window has no watermark to close by', () => {
    const view = materializedView('v')
      .from(bronze)
      .windowedBy(untyped(tumbling(minutes(1))))
      .aggregate((a) => ({ n: a.count() }));
    isRefused([bronze, view], /its source "bronze" has no watermark; call \.eventTime/);
  });

  it('for windows and times of no length', () => {
    const sized = (ms: number) =>
      materializedView('v')
        .from(silver)
        .windowedBy(tumbling(untyped(ms)))
        .aggregate((a) => ({ n: a.count() }));
    for (const ms of [0, -1, 0.5, Number.NaN]) isRefused([bronze, silver, sized(ms)], /the window size is/);
    isRefused([bronze, silver.dedupe({ by: 'id', within: minutes(0) })], /duplicates are dropped is 0 ms/);
    isRefused([bronze.retention(minutes(0))], /retention is 0 ms/);
    isRefused([bronze.queryable({ partitionBy: 'ingestion_date', retention: minutes(5) })], /copy's retention/);
    isRefused([bronze.version(0)], /its version is 0/);
  });

  it('when event time is no instant, may be null, comes after dedupe, or when either is declared twice', () => {
    isRefused([bronze.eventTime(untyped('at'), { watermarkDelay: minutes(1) })], /"at" is nullable timestamp/);
    isRefused([bronze, silver.eventTime('at', { watermarkDelay: minutes(1) })], /event time twice/);
    isRefused([bronze.dedupe(untyped({ by: 'id', within: minutes(1) }))], /call \.eventTime\(\) before \.dedupe\(\)/);
    const deduped = silver.dedupe({ by: 'id', within: minutes(1) });
    isRefused([bronze, deduped.dedupe({ by: 'pieces', within: minutes(1) })], /drops duplicates twice/);
  });

  it('when it omits what its steps need after a restart, or what tells rows from the future', () => {
    isRefused([bronze, silver.omit('at')], /omits "at", which event_time needs/);
    isRefused([bronze, silver.dedupe({ by: 'id', within: minutes(1) }).omit('id')], /omits "id", which dedupe needs/);
    const blind = streamingTable('blind').from(bronze).omit('ingestion_timestamp').expectOrDrop('at', 'at', notNull);
    isRefused([bronze, blind.eventTime('at', { watermarkDelay: minutes(1) })], /no ingestion_timestamp/);
  });

  it('when it reads a view', () => {
    isRefused([bronze, silver, gold, streamingTable('t').from(untyped(gold))], /"gold", a materialized view/);
  });

  it('with every mistake at once, each with its remedy', () => {
    const bad = streamingTable('Bad')
      .from(topic('two words', { format: json(Raw), key: 'id' }))
      .expect('e', 'id', nonEmpty)
      .expect('e', untyped('nope'), nonEmpty)
      .retention(minutes(0));
    const view = materializedView('v')
      .from(untyped(bad))
      .windowedBy(untyped(tumbling(minutes(0))))
      .aggregate(() => ({}));
    const problems = problemsOf([bad, bad, silver, view], 'Shop');
    const wanted = [
      /pipeline: its name "Shop" is not kebab-case/,
      /"Bad": it is listed twice/,
      /"silver": it reads "bronze", which is not listed/,
      /"Bad": its name is not snake_case/,
      /"Bad": retention is 0 ms/,
      /"Bad": "two words" is no topic name/,
      /"Bad": two expectations are named "e"/,
      /"Bad": expectation "e" names column "nope"/,
      /"v": the window size is 0 ms/,
      /"v": it is windowed, and its source "Bad" has no watermark/,
      /"v": it measures nothing/,
    ];
    assert.equal(problems.length, wanted.length, problems.join('\n'));
    for (const message of wanted)
      assert.ok(
        problems.some((p) => message.test(p)),
        `${message} in\n${problems.join('\n')}`,
      );
    for (const problem of problems) assert.match(problem, /^- .+: .+; .+$/);
  });
});
