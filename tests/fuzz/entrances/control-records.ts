import assert from 'node:assert/strict';
import { isMedallionError } from '@medallion/core';
import { isoInstant, json, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { long, row, string } from '@medallion/schema';
import fc from 'fast-check';
import { fromFileCheckpoint } from '../../../libs/runtime/src/files/file-checkpoint.ts';
import { fromCheckpoint } from '../../../libs/runtime/src/protocol/checkpoint.ts';
import { entrance } from '../engine/fuzz.ts';
import type { Journal } from '../engine/journal.ts';
import { mutated, noise } from '../hostile/bytes.ts';
import { hostileJson, jsonObject } from '../hostile/json.ts';
import { hostileText } from '../hostile/texts.ts';
import { type World, worldOf } from './events.ts';

const RawChange = row('RawChange', { id: string(), version: long(), at: string() });
const changes = streamingTable('changes').from(topic('changes.raw', { format: json(RawChange), key: 'id' }));
const valid = streamingTable('valid').from(changes).expectOrFail('has_time', 'at', isoInstant);
const current = streamingTable('current')
  .from(valid)
  .applyChanges({ keys: ['id'], sequenceBy: 'version', storedAs: 1 });
const history = streamingTable('history')
  .from(valid)
  .applyChanges({ keys: ['id'], sequenceBy: 'version', storedAs: 2 });
const plan = pipeline('control', { tables: [changes, valid, current, history] });

const change = (id: string, version: number) => ({
  key: Buffer.from(id),
  value: Buffer.from(JSON.stringify({ id, version, at: '2025-12-24T11:00:00Z' })),
  headers: {},
});

/** What the engine keeps for itself, with a record that is right. */
const RIGHT: Readonly<Record<string, readonly (readonly [key: string, value: object])[]>> = {
  'control.decisions': [
    ['valid:control.changes:0:1', { decision: 'skip', by: 'me', at: '2025-12-24T11:00:00Z', reason: 'x' }],
  ],
  'control.erasures': [
    [
      'fingerprint',
      { subject: 'customer', at: '2025-12-24T11:00:00Z', by: 'me', before: { 'control.changes': [1, 2] } },
    ],
  ],
  'control.refreshes': [['changes', { state: 'done', table: 'changes', by: 'me', at: '2025-12-24T11:00:00Z' }]],
  'control.backfills': [
    [
      'b',
      {
        v: 1,
        kind: 'begin',
        id: 'b',
        flow: 'changes',
        asked: 'x',
        source: { kind: 'files', format: { kind: 'json' }, files: [] },
        by: 'me',
        at: 0,
      },
    ],
  ],
  'control.stopped-flows': [
    ['valid', { code: 'MED_EXPECTATION_FAILED', message: 'x', remedy: 'y', at: '2025-12-24T11:00:00Z', by: 'me' }],
  ],
  'control.changes.redrive': [['a', { id: 'a', version: 9, at: '2025-12-24T11:00:00Z' }]],
  'control.changes.backfill': [['a', { id: 'a', version: 9, at: '2025-12-24T11:00:00Z' }]],
  'control.current.changelog': [
    ['["a"]', {}],
    ['{"ledger":"current"}', { v: 1, n: 1, c: {}, q: 0, r: {}, e: [] }],
  ],
  'control.history.changelog': [
    ['["a",1]', {}],
    [
      '{"ledger":"history"}',
      { v: 1, n: 1, c: { 'valid:0': '0:0' }, q: 0, r: { read: 1 }, e: [['x', 'quarantine', 1, 0, 0]] },
    ],
  ],
};
const TOPICS = Object.keys(RIGHT);

const valueLike = (value: object): fc.Arbitrary<Buffer | null> => {
  const whole = Buffer.from(JSON.stringify(value));
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fc.constant(part)]));
  return fc.oneof(
    { weight: 3, arbitrary: jsonObject(parts).map((text) => Buffer.from(text)) },
    { weight: 3, arbitrary: mutated(fc.constant(whole)) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        hostileJson.map((text) => Buffer.from(text)),
        noise,
        fc.constant(null),
      ),
    },
  );
};
const HEADERS = ['medallion.sequence', 'medallion.more', 'medallion.from', 'medallion.ledger'] as const;
const headers = fc
  .array(
    fc.tuple(
      fc.constantFrom(...HEADERS),
      fc
        .oneof(
          fc.constantFrom('1', '"x"', '{', 'null', '[]', 'current', 'history', 'valid:0:0:0'),
          hostileText,
          hostileJson,
        )
        .map((text) => Buffer.from(text)),
    ),
    { maxLength: 3 },
  )
  .map((all) => Object.fromEntries(all));

const record = fc.constantFrom(...TOPICS).chain((at) =>
  fc.constantFrom(...RIGHT[at]!).chain(([key, value]) =>
    fc.record({
      at: fc.constant(at),
      key: fc.oneof(
        { weight: 4, arbitrary: fc.constant(Buffer.from(key)) },
        { weight: 1, arbitrary: mutated(fc.constant(Buffer.from(key))) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
      value: valueLike(value),
      headers,
      /** Changelogs count what stands where its writer expected it, and nothing else. */
      stands: fc.boolean(),
    }),
  ),
);

/** Whatever stops a flow says so with a code; what did not stop is at its end. */
async function run({ test }: World, journal: Journal): Promise<void> {
  try {
    await test.run();
    journal.met('went on');
  } catch (error) {
    if (!isMedallionError(error)) throw error;
    journal.refused(error);
  }
}

export const controlTopics = entrance({
  name: 'control-topics',
  about:
    'records of the topics that the engine keeps for itself: decisions, refreshes, erasures, backfills, changelogs, redrives',
  cases: record,
  together: 60,
  async judge(batch, journal) {
    const world = worldOf(plan, journal);
    await world.put('changes.raw', [change('a', 1), change('b', 1)]);
    await run(world, journal);
    // Changelogs are the state itself: who destroys them stops the flow, so each batch destroys one of them at most.
    const spared = batch[0]!.at;
    for (const { at, key, value, headers: given, stands } of batch) {
      if (at.endsWith('changelog') && at !== spared) continue;
      world.cluster.createTopic(at, 1);
      const end = world.cluster.topic(at)![0]!.high;
      const src = { src: Buffer.from(`${at.split('.')[1]}:0:${end}:0`) };
      await world.put(at, [{ key, value, headers: { ...given, ...(stands ? src : {}) } }]);
    }
    await world.put('changes.raw', [change('c', 1)]);
    await run(world, journal);
    const kept = await world.test.rows(changes);
    const ids = kept.map(({ id }) => id);
    const begun = journal.fates.get('MED_REFRESH_UNFINISHED') !== undefined;
    for (const id of begun ? ['a', 'b'] : ['a', 'b', 'c']) assert.ok(ids.includes(id), `${id} is lost`);
  },
});

const METADATA = [
  '{"v":1,"w":1766577600000,"c":{"changes:0":"1:0"},"r":0,"o":[1,0],"m":5}',
  '{"v":1}',
  '{"v":1,"t":{"has_time":[0,5,1]}}',
  '',
] as const;

export const checkpoints = entrance({
  name: 'checkpoints',
  about: 'metadata of the offsets that consumer groups have committed',
  cases: fc.record({
    flow: fc.constantFrom('changes', 'valid', 'current', 'history'),
    offset: fc.constantFrom(0, 0, 1, 2),
    metadata: fc.oneof(
      mutated(fc.constantFrom(...METADATA).map((text) => Buffer.from(text))).map((bytes) => bytes.toString('utf8')),
      jsonObject({
        v: fc.constant(1),
        w: fc.constant(5),
        c: fc.constant({ 'changes:0': '0:0' }),
        r: fc.constant(0),
        o: fc.constant([0, 0]),
        m: fc.constant(1),
      }),
      hostileText,
    ),
  }),
  together: 128,
  // All of them are read; the last one of each flow goes through the pipeline.
  async judge(batch, journal) {
    for (const { offset, metadata } of batch)
      for (const read of [fromCheckpoint, fromFileCheckpoint])
        try {
          const { watermark } = read({ offset, metadata }, 'control.flow', { topic: 't', partition: 0 });
          assert.ok(Number.isSafeInteger(watermark), `a watermark of ${String(watermark)}`);
          journal.met('read');
        } catch (error) {
          journal.refused(error, { codes: ['MED_CHECKPOINT_INVALID'] });
        }
    const world = worldOf(plan, journal);
    await world.put('changes.raw', [change('a', 1), change('b', 1)]);
    await run(world, journal);
    for (const { flow, offset, metadata } of batch)
      for (const [key, known] of world.cluster.group(`control.${flow}`).checkpoints)
        world.cluster
          .group(`control.${flow}`)
          .checkpoints.set(key, { offset: Math.min(offset, known.offset), metadata });
    await world.put('changes.raw', [change('c', 1)]);
    await run(world, journal);
    const ids = (await world.test.rows(changes).catch(() => [])).map(({ id }) => id);
    journal.met(ids.includes('c') ? 'all there' : 'stopped');
  },
});
