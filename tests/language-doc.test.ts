import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as language from '@medallion/pipeline';
import * as schema from '@medallion/schema';
import { TestPipeline } from '@medallion/testkit';

/** The cheat sheet of the README, from "Write a pipeline" to the next chapter. */
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const from = readme.indexOf('## Write a pipeline');
const sheet = readme.slice(from, readme.indexOf('\n## ', from + 1));
const words = new Set(sheet.match(/\w+/g));

/** What is exported for those who work on plans, not for those who write them. */
const OF_PLANS: ReadonlySet<string> = new Set([
  ...['asRun', 'columnLineage', 'describe', 'expectationsIn', 'expectationsOf', 'flowsOf', 'gainsColumns', 'graphOf'],
  ...['graphText', 'openLineage', 'personalColumns', 'streamingTables', 'subjectColumns', 'subjectSources'],
  ...['subjectsOf', 'toMermaid'],
]);

/** What can be called on a value, but what builders have for one another. */
function methodsOf(value: object): readonly string[] {
  const names = new Set<string>();
  for (let at: object = value; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at))
      if (typeof Reflect.get(value, name) === 'function') names.add(name);
  return [...names].filter((name) => !['constructor', 'set'].includes(name));
}

const { changeFeed, csv, json, materializedView, minutes, snapshot, streamingTable, topic, tumbling, view } = language;
const Raw = schema.row('Raw', { id: schema.string(), n: schema.long(), at: schema.timestamp() });
const raw = streamingTable('raw').from(topic('raw', { format: json(Raw), key: 'id' }));
const timed = raw.expectOrDrop('when', 'at', language.notNull as never).eventTime('at' as never, {
  watermarkDelay: minutes(1),
});
const keyed = raw.applyChanges({ keys: ['id'], sequenceBy: 'n' });
const windowed = materializedView('w')
  .from(timed)
  .windowedBy(tumbling(minutes(1)));
const counted = windowed.groupBy('id').aggregate((a) => ({ rows: a.count() }));

test('the cheat sheet of the README has every word of the language', () => {
  const exported = Object.entries(language).flatMap(([name, value]) =>
    (typeof value === 'function' || /^[a-z]/.test(name)) && !OF_PLANS.has(name) ? [name] : [],
  );
  assert.ok(exported.length > 35, exported.join(' '));
  assert.deepEqual(
    exported.filter((name) => !words.has(name)),
    [],
  );
});

test('it has every step and setting of every kind of table', () => {
  const tables = {
    'a streaming table': timed,
    'a fed streaming table': streamingTable('fed').appendFlow('a', raw),
    'a keyed table': keyed,
    'a snapshot': streamingTable('s').from(snapshot('s', { pattern: '*', format: csv(Raw), keys: ['id'] })),
    'a view': view('v').from(raw),
    'a windowed view': counted,
    'groups of windows': windowed,
    'a relational view': materializedView('m').from(keyed),
    'a change feed': changeFeed('f').from(keyed),
  };
  for (const [kind, table] of Object.entries(tables))
    assert.deepEqual(
      methodsOf(table).filter((name) => !words.has(name)),
      [],
      kind,
    );
});

test('it has every type of column, and what tests are written with', () => {
  const types = ['row', 'string', 'boolean', 'int', 'long', 'double', 'decimal', 'timestamp', 'date', 'list'];
  for (const name of [...types, 'oneOfStrings', 'nullable']) {
    assert.ok(name in schema, name);
    assert.ok(words.has(name), name);
  }
  const methods = Object.getOwnPropertyNames(TestPipeline.prototype).filter((name) => name !== 'constructor');
  assert.deepEqual(
    methods.filter((name) => !words.has(name)),
    [],
  );
});
