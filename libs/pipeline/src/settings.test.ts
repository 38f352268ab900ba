import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { list, long, row, string } from '@medallion/schema';
import {
  days,
  describe as describePlan,
  json,
  materializedView,
  minutes,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from './index.ts';
import { isRefused, planOf, problemsOf, untyped } from './test/refused.ts';

const Raw = row('Raw', {
  id: long(),
  email: string('from the source'),
  at: long(),
  items: list(row('Item', { sku: string() })),
});
const bronze = streamingTable('bronze').from(topic('raw', { format: json(Raw), key: 'id' }));
const queryable = bronze.queryable({ partitionBy: 'ingestion_date', retention: days(3) });
const keyed = streamingTable('keyed')
  .from(bronze)
  .applyChanges({ keys: ['id'], sequenceBy: 'at' });
const gold = materializedView('gold').from(keyed);

describe('settings', () => {
  it('are empty unless something is said', () => {
    const { storage, governance } = planOf('streaming_table', bronze);
    assert.deepEqual(storage, { clusterBy: [], fillfactor: null, autovacuum: {}, cleanup: 'delete' });
    assert.deepEqual(governance, { tags: {}, personal: [] });
  });

  it('say how a table is stored', () => {
    const storage = { clusterBy: ['email'], fillfactor: 70, autovacuum: { vacuum_scale_factor: 0.02 } } as const;
    const stored = {
      clusterBy: ['email'],
      fillfactor: 70,
      autovacuum: { autovacuum_vacuum_scale_factor: 0.02 },
    };
    assert.deepEqual(planOf('streaming_table', queryable.storage({ ...storage, cleanup: 'compact,delete' })).storage, {
      ...stored,
      cleanup: 'compact,delete',
    });
    assert.deepEqual(planOf('keyed_table', bronze, keyed.storage(storage)).storage, { ...stored, cleanup: 'compact' });
    assert.deepEqual(planOf('relational_view', bronze, keyed, gold.storage(storage)).storage, {
      ...stored,
      cleanup: 'delete',
    });
    const twice = planOf('keyed_table', bronze, keyed.storage({ fillfactor: 50 }).storage({ clusterBy: ['email'] }));
    assert.deepEqual([twice.storage.fillfactor, twice.storage.clusterBy], [50, ['email']]);
  });

  it('say whether a copy has partitions: a day each until its retention, or none', () => {
    const byDay = { partitionBy: 'ingestion_date', retentionMs: days(3) };
    assert.deepEqual(planOf('streaming_table', queryable).queryable, byDay);
    const whole = bronze.queryable().storage({ clusterBy: ['email'], fillfactor: 70 });
    assert.deepEqual(planOf('streaming_table', whole).queryable, { partitionBy: null, retentionMs: null });
    assert.match(describePlan(pipeline('shop', { tables: [whole] })), /\n {2}queryable {3}as one table, for ever\n/);
    assert.match(describePlan(pipeline('shop', { tables: [whole] })), /clustered by email, fillfactor 70/);
  });

  it('tag tables, mark personal columns and comment on columns', () => {
    const table = keyed.tags({ owner: 'sales' }).tags({ pii: 'yes' }).personal('email').personal('email');
    const plan = planOf('keyed_table', bronze, table.commentOn({ email: 'where invoices go' }));
    assert.deepEqual(plan.governance, { tags: { owner: 'sales', pii: 'yes' }, personal: ['email'] });
    assert.equal(plan.schema.fields.find(({ name }) => name === 'email')?.doc, 'where invoices go');
  });

  it('tag windowed views too', () => {
    const timed = streamingTable('timed')
      .from(bronze)
      .eventTime('ingestion_timestamp', { watermarkDelay: minutes(1) });
    const windowed = materializedView('w')
      .from(timed)
      .windowedBy(tumbling(minutes(1)));
    const made = windowed
      .groupBy('email')
      .aggregate((a) => ({ n: a.count() }))
      .tags({ owner: 'sales' })
      .personal('email')
      .commentOn({ n: 'how many' });
    const plan = planOf('materialized_view', bronze, timed, made);
    assert.deepEqual(plan.governance, { tags: { owner: 'sales' }, personal: ['email'] });
    assert.equal(plan.schema.fields.at(-1)?.doc, 'how many');
    assert.match(
      describePlan(pipeline('shop', { tables: [bronze, timed, made] })),
      /tags {8}owner: sales\n {2}personal {4}email/,
    );
    isRefused([bronze, timed, made.personal(untyped('nope'))], /personal names column "nope"/);
    const listed = windowed.groupBy('items').aggregate((a) => ({ n: a.count() }));
    isRefused([bronze, timed, listed], /groupBy names "items", a list/);
  });

  it('choose the layer', () => {
    assert.equal(planOf('streaming_table', bronze, streamingTable('t').from(bronze).layer('gold')).layer, 'gold');
    assert.equal(planOf('relational_view', bronze, keyed, gold.layer('silver')).layer, 'silver');
  });

  it('leave the identity of the logic as it was', () => {
    const hashOf = (table: Parameters<typeof planOf>[1]) => planOf('keyed_table', bronze, untyped(table)).hash;
    const changed = keyed.storage({ fillfactor: 50 }).tags({ a: 'b' }).personal('email').layer('gold').comment('x');
    assert.equal(hashOf(changed.commentOn({ email: 'x' })), hashOf(keyed));
    assert.notEqual(hashOf(keyed.version(2)), hashOf(keyed));
  });

  it('are refused for columns that do not exist', () => {
    isRefused([bronze.personal(untyped('nope'))], /personal names column "nope"/);
    isRefused([bronze.commentOn(untyped({ nope: 'x' }))], /commentOn names column "nope"/);
    isRefused([queryable.storage({ clusterBy: [untyped('nope')] })], /clusterBy names column "nope"/);
  });

  it('are refused for values that Postgres would not take', () => {
    isRefused([queryable.storage({ clusterBy: ['items'] })], /clustered by "items", a list/);
    for (const fillfactor of [9, 101, 50.5])
      isRefused([queryable.storage({ fillfactor })], /its fillfactor is .*; use a whole number from 10 to 100/);
    for (const autovacuum of [{ autovacuum_enabled: 1 }, { 'x; drop': 1 }, { vacuum_threshold: Number.NaN }])
      isRefused([queryable.storage({ autovacuum: untyped(autovacuum) })], /is no setting of autovacuum/);
    isRefused([bronze.tags({ '': 'x' })], /a tag has no name/);
  });

  it('are refused for a copy that a table does not have', () => {
    isRefused([bronze.storage({ fillfactor: 50 })], /says how its copy in Postgres is stored, and has none/);
    assert.deepEqual(problemsOf([bronze.storage({ cleanup: 'compact' })]), []);
  });
});

describe('a pipeline', () => {
  it('runs on and on in production, in a schema of its name, unless told otherwise', () => {
    const { mode, development, schemaName } = pipeline('my-shop', { tables: [bronze] });
    assert.deepEqual([mode, development, schemaName], ['continuous', false, 'my_shop']);
    const other = pipeline('my-shop', { tables: [bronze], mode: 'triggered', development: true, schema: 'sales' });
    assert.deepEqual([other.mode, other.development, other.schemaName], ['triggered', true, 'sales']);
  });

  it('may limit its workers; so many of a flow work at the same time', () => {
    const workersOf = (workers: object) => pipeline('shop', { tables: [bronze], workers }).workers;
    assert.deepEqual(workersOf({ min: 1, max: 4 }), { min: 1, max: 4 });
    assert.deepEqual(workersOf({ min: 2 }), { min: 2, max: Number.MAX_SAFE_INTEGER });
    assert.equal(pipeline('shop', { tables: [bronze] }).workers, undefined);
    assert.match(
      describePlan(pipeline('shop', { tables: [bronze], workers: { max: 3 } })),
      /schema shop, 1 to 3 workers\)/,
    );
    assert.throws(() => workersOf({ min: 0 }), /its workers have min 0/);
    assert.throws(() => workersOf({ min: 3, max: 2 }), /at least 3 and at most 2/);
  });

  it('is refused for a schema that is taken or has no plain name', () => {
    for (const schema of ['public', 'pg_x', 'medallion', 'My Shop', 'x'.repeat(64)])
      assert.throws(() => pipeline('shop', { tables: [bronze], schema }), /Postgres schema/);
  });
});
