import assert from 'node:assert/strict';
import type { LogRecord, OutRecord } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { entrance } from '../engine/fuzz.ts';
import type { Journal } from '../engine/journal.ts';
import { mutated, noise } from '../hostile/bytes.ts';
import { hostileJson } from '../hostile/json.ts';
import { hostileText, INHERITED } from '../hostile/texts.ts';
import { EVENTS, INPUT, neighbour, runs, type World, worldOf } from './events.ts';

/** Headers that the engine reads, with what stands in them when it has written them. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  src: [
    'bronze_events:0:5:0',
    'silver_events:0:5:0',
    'bronze_events:0:9007199254740993:0',
    'bronze_events.redrive:0:1:0',
    'redrive:0:3:0',
  ],
  'medallion.term': ['1', '1766577600000', '9007199254740993', 'NaN', '-1', ''],
  'medallion.fence': ['x', ''],
  'medallion.warned': ['a,b', ','],
  'medallion.outcome': ['violation', 'dropped', 'unparseable', 'duplicate', 'future'],
  'medallion.reason': ['it broke a rule'],
  'medallion.violations': [
    '[]',
    '[null]',
    '[{}]',
    '[{"expectation":"has_id","action":"quarantine","rule":"x"}]',
    '[1]',
    '{}',
    '[{"expectation":{},"action":[]}]',
  ],
  'medallion.judged': ['1'],
  'medallion.topic': ['events', 'fuzz.bronze_events'],
  'medallion.partition': ['0', '-1', '1e400', 'x', ''],
  'medallion.offset': ['0', '9007199254740993', '-5', 'x'],
  'medallion.timestamp': ['1766577600000', '-9e18', '9e18', 'x', ''],
  'medallion.element': ['0', 'x', '-1'],
  'medallion.cast': ['json', 'text', 'values', 'x'],
  'medallion.broken': ['it is broken'],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0', `ff-${'0'.repeat(32)}`],
};
const right = (name: string): readonly string[] => (Object.hasOwn(OURS, name) ? (OURS[name] ?? []) : ['x']);
const headerText = (name: string): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...right(name)).map((text) => Buffer.from(text)) },
    {
      weight: 1,
      arbitrary: mutated(
        fc.constantFrom(...right(name)).map((text) => Buffer.from(text)),
        2,
      ),
    },
    { weight: 1, arbitrary: hostileText.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: hostileJson.map((text) => Buffer.from(text)) },
  );
const header = fc
  .oneof(fc.constantFrom(...Object.keys(OURS)), fc.constantFrom<string>(...INHERITED), hostileText)
  .chain((name) => fc.tuple(fc.constant(name), headerText(name)));
/** Some that are right together, so that what follows from them is read too. */
const asTraces = fc
  .tuple(
    headerText('src'),
    headerText('medallion.outcome'),
    headerText('medallion.topic'),
    headerText('medallion.violations'),
  )
  .map(([src, outcome, topic, violations]): [string, Buffer][] => [
    ['src', src],
    ['medallion.outcome', outcome],
    ['medallion.topic', topic],
    ['medallion.violations', violations],
    ['medallion.judged', Buffer.from('1')],
  ]);
const headers = fc
  .tuple(
    fc.oneof(
      fc.constant([]),
      asTraces,
      headerText('src').map((src): [string, Buffer][] => [['src', src]]),
    ),
    fc.array(header, { maxLength: 4 }),
  )
  .map(([first, more]) => Object.fromEntries([...first, ...more]) as Record<string, Buffer>);

const TOPICS = [
  INPUT,
  'fuzz.bronze_events',
  'fuzz.silver_events',
  'fuzz.bronze_events.quarantine',
  'fuzz.silver_events.quarantine',
] as const;

type Foreign = { readonly topic: (typeof TOPICS)[number]; readonly record: OutRecord; readonly copies: boolean };

/** What stands in a topic of JSON, or of nothing. */
const value = fc.oneof(
  fc.constant(null),
  noise,
  hostileJson.map((text) => Buffer.from(text)),
  fc.nat(5).map((i) => Buffer.from(JSON.stringify({ ...neighbour(i), event_id: `e${i}` }))),
);
const key = fc.oneof(
  fc.constant(null),
  noise,
  hostileText.map((text) => Buffer.from(text)),
);

const foreign: fc.Arbitrary<Foreign> = fc.record({
  topic: fc.constantFrom(...TOPICS),
  record: fc.record({ key, value, headers }),
  copies: fc.boolean(),
});

const event = (i: number): OutRecord => ({ key: null, value: Buffer.from(JSON.stringify(neighbour(i))), headers: {} });
const idOf = (row: AnyRow): number => Number(String(row.event_id).slice('neighbour-'.length));

/** The records of a topic. */
const recordsOf = ({ cluster }: World, topic: string): readonly LogRecord[] =>
  cluster.topic(topic)?.flatMap((log) => log.slice(log.low, log.high, Number.MAX_SAFE_INTEGER)) ?? [];

/** The events in a table's topic that are rows of it. */
async function idsIn(
  world: World,
  topic: string,
  schema: (typeof EVENTS)['json']['plan']['tables'][number]['schema'],
): Promise<readonly number[]> {
  const decoder = await world.codecs.decoder(topic, schema);
  const records = recordsOf(world, topic);
  await decoder.prepare(records.map((record) => record.value));
  return records
    .filter(({ headers: { src } }) => src !== undefined)
    .map((record) => decoder.decode(record.value))
    .flatMap((decoded) =>
      'row' in decoded && /^neighbour-\d+$/.test(String(decoded.row.event_id)) ? [idOf(decoded.row)] : [],
    );
}

/**
 * Valid events before and behind records that somebody wrote into any topic of the pipeline. Who may write there can forge
 * coordinates, and so have records skipped that follow; whoever forges none can do nothing at all to the others.
 */
async function judge(batch: readonly Foreign[], journal: Journal): Promise<void> {
  const world = worldOf(EVENTS.json.plan, journal);
  await world.put(INPUT, [event(0), event(1)]);
  await runs(world.test, journal);
  for (const { topic, record, copies } of batch) {
    // The value of a record that is right, under other headers.
    const stolen = copies
      ? (recordsOf(world, topic).find((each) => each.value !== null)?.value ?? record.value)
      : record.value;
    await world.put(topic, [{ ...record, value: stolen }]);
    journal.met(topic === INPUT ? 'into the input' : topic.endsWith('quarantine') ? 'into quarantine' : 'into a table');
  }
  await world.put(INPUT, [event(2), event(3)]);
  await runs(world.test, journal);
  const [bronze, silver] = EVENTS.json.plan.tables;
  const inBronze = await idsIn(world, 'fuzz.bronze_events', bronze!.schema);
  for (const id of [0, 1, 2, 3]) assert.ok(inBronze.includes(id), `neighbour ${id} is not in bronze`);
  // A forged coordinate of the flow before it is what silver goes by.
  const forged = batch.some(({ topic, record }) => topic === 'fuzz.bronze_events' && record.headers.src !== undefined);
  const inSilver = await idsIn(world, 'fuzz.silver_events', silver!.schema);
  for (const id of forged ? [0, 1] : [0, 1, 2, 3]) assert.ok(inSilver.includes(id), `neighbour ${id} is not in silver`);
}

export const internalTopics = entrance({
  name: 'headers',
  about: 'headers of records in any topic of a pipeline: coordinates, terms, traces, traceparent, names of prototypes',
  cases: foreign,
  together: 160,
  judge,
});

export const keys = entrance({
  name: 'keys',
  about: 'keys of records in any topic of a pipeline',
  cases: fc.record({
    topic: fc.constantFrom(...TOPICS),
    record: fc.record({
      key: fc.oneof(
        mutated(fc.constantFrom('neighbour-1', '["a"]', '{"fence":"x"}').map((text) => Buffer.from(text))),
        key,
      ),
      value,
      headers: fc.constantFrom<Record<string, Buffer>>({}, {}, { src: Buffer.from('bronze_events:0:0:0') }),
    }),
    copies: fc.boolean(),
  }),
  together: 160,
  judge,
});
