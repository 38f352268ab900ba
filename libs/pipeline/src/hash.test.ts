import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, row, string, timestamp } from '@medallion/schema';
import type { AnyTable } from './declaration.ts';
import {
  between,
  changeFeed,
  days,
  json,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  pipeline,
  view as selection,
  sql,
  streamingTable,
  topic,
  tumbling,
} from './index.ts';

const Raw = row('Raw', { id: string(), at: timestamp(), weight: double() });
const make = (declared = Raw) => streamingTable('orders').from(topic('raw', { format: json(declared), key: 'id' }));
const timed = make()
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(5) });
const view = (size = minutes(5)) =>
  materializedView('per_region')
    .from(timed)
    .windowedBy(tumbling(size))
    .aggregate((a) => ({ events: a.count((d) => d.weight !== null) }));
const unfiltered = materializedView('per_region')
  .from(timed)
  .windowedBy(tumbling(minutes(5)))
  .aggregate((a) => ({ events: a.count() }));
const hash = (...tables: readonly AnyTable[]): string => pipeline('shop', { tables }).tables.at(-1)?.hash ?? '';

describe('the hash of a table', () => {
  it('is a SHA-256, the same for the same declaration', () => {
    assert.match(hash(make()), /^[0-9a-f]{64}$/);
    assert.equal(hash(make()), hash(make()));
    assert.equal(hash(timed, view()), hash(timed, view()));
  });

  it('changes with whatever changes the rows', () => {
    const renamed = row('Raw', { id: string(), at: timestamp(), weight_kg: double() });
    const hashes = [
      hash(make()),
      hash(make().version(2)),
      hash(make(renamed as unknown as typeof Raw)),
      hash(make().expect('id', 'id', nonEmpty)),
      hash(make().expectOrDrop('id', 'id', nonEmpty)),
      hash(make().expectOrDrop('weight', 'weight', between(0, 1))),
      hash(make().expectOrDrop('weight', 'weight', between(0, 2))),
      hash(make().expectOrDrop('weight', 'is light', () => true)),
      hash(make().expectOrDrop('weight', 'is heavy', () => true)),
      hash(make().derive((c) => ({ twice: c.double(() => 2) }))),
      hash(make().derive((c) => ({ twice: c.nullable.double(() => 2) }))),
      hash(make().omit('weight')),
      hash(timed),
      hash(timed.dedupe({ by: 'id', within: minutes(1) })),
      hash(timed, view()),
      hash(timed, view(minutes(1))),
      hash(timed, unfiltered),
      hash(timed, view().version(2)),
      hash(
        timed,
        view().derive((v) => ({ x: v.events.plus(1) })),
      ),
      hash(
        timed,
        view().derive((v) => ({ x: v.events.plus(2) })),
      ),
      hash(timed, view().rank({ x: 'events' })),
      hash(timed, view().cumulative({ x: 'events' })),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('stays the same when words or retention change', () => {
    const documented = row('Raw', { id: string('the key'), at: timestamp(), weight: double() });
    for (const table of [
      make().comment('x'),
      make().retention(days(1)),
      make().queryable({ partitionBy: 'ingestion_date', retention: days(3) }),
      make(documented),
    ])
      assert.equal(hash(table), hash(make()));
  });

  it('stays the same when only a function changes: raise the version then', () => {
    const one = make().derive((c) => ({ twice: c.double(() => 1) }));
    const two = make().derive((c) => ({ twice: c.double(() => 2) }));
    assert.equal(hash(one), hash(two));
  });
});

describe('the hash of other tables', () => {
  const bronze = make();
  const changes = streamingTable('k').from(bronze).select('id', 'at', 'weight');
  const keyed = changes.applyChanges({ keys: ['id'], sequenceBy: 'at', applyAsDeletes: 'weight > 5' });
  const last = (...tables: readonly AnyTable[]) => hash(bronze, ...tables);

  it('changes with whatever changes the rows', () => {
    const heavy = selection('v').from(bronze).where(sql('weight > 1'));
    const options = { keys: ['id'], sequenceBy: 'at' } as const;
    const relation = materializedView('r').from(keyed);
    const grouped = relation.groupBy('weight');
    const joined = (otherwise?: number) =>
      materializedView('r')
        .from(keyed)
        .leftJoin(keyed, {
          on: 'id',
          columns: { weight: 'w' },
          ...(otherwise === undefined ? {} : { otherwise: { w: otherwise } }),
        });
    const hashes = [
      last(heavy),
      last(heavy.where(sql('weight > 2'))),
      last(heavy.select('id')),
      last(streamingTable('t').from(heavy), heavy),
      last(heavy, streamingTable('t').appendFlow('a', heavy)),
      last(heavy, streamingTable('t').appendFlow('a', heavy, { once: true })),
      last(keyed),
      last(changes.applyChanges(options)),
      last(changes.applyChanges({ ...options, applyAsDeletes: 'weight > 6' })),
      last(changes.applyChanges({ ...options, storedAs: 2 })),
      last(changes.applyChanges({ ...options, storedAs: 2, trackHistory: [] })),
      last(changes.applyChanges({ ...options, except: ['weight'] })),
      last(keyed, changeFeed('f').from(keyed)),
      last(keyed, relation),
      last(keyed, relation.where('weight > 1')),
      last(keyed, relation.where('weight > 2')),
      last(keyed, relation.surrogateKey('n')),
      last(keyed, relation.omit('weight')),
      last(
        keyed,
        relation.derive((c) => ({ x: c.nullable.double('weight * 2') })),
      ),
      last(
        keyed,
        relation.derive((c) => ({ x: c.nullable.double('weight * 3') })),
      ),
      last(keyed, joined()),
      last(keyed, joined(1)),
      last(keyed, grouped.distinct()),
      last(
        keyed,
        grouped.aggregate((a) => ({ n: a.count() })),
      ),
      last(
        keyed,
        grouped.aggregate((a) => ({ n: a.count('weight > 1') })),
      ),
      last(
        keyed,
        grouped.aggregate((a) => ({ n: a.count('weight > 2') })),
      ),
    ];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('stays the same when SQL is only written in another way', () => {
    const relation = materializedView('r').from(keyed);
    assert.equal(last(keyed, relation.where('weight > 1')), last(keyed, relation.where('  WEIGHT  >  (1)')));
  });

  it('stays the same when a deleted key is remembered for longer', () => {
    const longer = changes.applyChanges({
      ...{ keys: ['id'], sequenceBy: 'at', applyAsDeletes: 'weight > 5' },
      tombstoneRetention: days(30),
    } as const);
    assert.equal(last(longer), last(keyed));
  });
});
