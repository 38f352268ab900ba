import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { instant, isMedallionError, systemClock } from '@medallion/core';
import {
  files,
  isoInstant,
  json,
  jsonLines,
  materializedView,
  minutes,
  nonEmpty,
  notNull,
  type PipelinePlan,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import {
  type AskedFor,
  abandonBackfill,
  backfill,
  backfillsOf,
  type FileSource,
  partitionOfKey,
  redrive,
} from '@medallion/runtime';
import { double, int, row, string } from '@medallion/schema';
import { MemoryFiles, MemoryRedrives } from '@medallion/testkit';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** What a backfill takes, refuses, and makes of what it is given. */

const RAW = 'sales';
const Sale = row('Sale', { sale_id: string(), at: string(), amount: int(), weight: double() });
const bronze = streamingTable('bronze_sales')
  .from(topic(RAW, { format: json(Sale), key: 'sale_id' }))
  .expectOrQuarantine('has_id', 'sale_id', nonEmpty);
const silver = streamingTable('silver_sales').from(bronze);
const accounts = streamingTable('accounts')
  .from(silver)
  .applyChanges({ keys: ['sale_id'], sequenceBy: 'amount', storedAs: 1 });
const shop = pipeline('shop', { tables: [bronze, silver, accounts] });

const sale = (sale_id: string, amount: number) => ({
  sale_id,
  at: `2024-01-0${1 + (amount % 9)}T00:00:00Z`,
  amount,
  weight: 0.5,
});
const everything: AskedFor = { kind: 'topic', topic: 'old', from: null, to: null };
const filesOf = (format: 'csv' | 'json_lines'): AskedFor => ({
  ...{ kind: 'files', url: 'mem', pattern: '*' },
  format: format === 'csv' ? { kind: 'csv', delimiter: ',' } : { kind: 'json_lines' },
});

const engines: MemoryEngine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

function engineOf(
  plan: PipelinePlan,
  inputs: Readonly<Record<string, number>> = { [RAW]: 1, old: 1 },
  sleep: (ms: number) => Promise<void> = async () => {},
) {
  const engine = new MemoryEngine(plan, inputs);
  engines.push(engine);
  const bring = (id: string, table: string, from: AskedFor, source?: FileSource, flow?: string) =>
    backfill(
      { log: engine.log, plan, clock: systemClock, sleep, ...(source === undefined ? {} : { files: source }) },
      { id, by: 'test', table, from, ...(flow === undefined ? {} : { flow }) },
    );
  const table = (name: string) => {
    const found = plan.tables.find((each) => each.name === name);
    assert.ok(found?.kind === 'streaming_table');
    return found;
  };
  const rows = async (name: string) =>
    (await engine.rows(table(name).topic, table(name).schema)).map(({ row: each }) => each);
  return { engine, bring, rows };
}

const code =
  (expected: string, text = /./) =>
  (error: unknown) =>
    isMedallionError(error) && error.code === expected && text.test(error.message + error.remedy);

test('a table is refused whose rows come from tables of the engine, and the one is named that takes them', async () => {
  const { bring } = engineOf(shop);
  await assert.rejects(bring('a', 'silver_sales', everything), code('MED_BACKFILL_REFUSED', /backfill bronze_sales/));
  await assert.rejects(bring('a', 'accounts', everything), code('MED_BACKFILL_REFUSED', /sequence decides/));
  await assert.rejects(
    bring('a', 'bronze_sales', { ...everything, topic: RAW }),
    code('MED_BACKFILL_REFUSED', /itself/),
  );
  await assert.rejects(bring('a', 'bronze_sales', { ...everything, topic: 'no' }), code('MED_TOPIC_MISSING'));
  await assert.rejects(bring('a', 'nowhere', everything), code('MED_CONFIG_INVALID'));
  await assert.rejects(
    bring('a', 'bronze_sales', filesOf('csv'), new MemoryFiles()),
    code('MED_BACKFILL_REFUSED', /no file/),
  );
});

test('B1 files that are still written to are waited for, fifteen seconds at most, before it is decided what is read', async () => {
  const folder = new MemoryFiles();
  folder.put('old.csv', [{ ...sale('a', 0), amount: '1', weight: '2' }], instant(0));
  let settlesMs = 1_000;
  const written: FileSource = {
    list: async (path, pattern) => {
      const { files } = await folder.list(path, pattern);
      return settlesMs > 0 ? { files: [], settling: files.map((file) => file.path) } : { files, settling: [] };
    },
    read: (file, format, from) => folder.read(file, format, from),
    close: () => folder.close(),
  };
  let sleptMs = 0;
  const { bring } = engineOf(shop, undefined, async (ms) => {
    sleptMs += ms;
    settlesMs -= ms;
  });
  assert.equal((await bring('a', 'bronze_sales', filesOf('csv'), written)).records, 1);
  assert.equal(sleptMs, 1_000);
  settlesMs = 60_000;
  await assert.rejects(
    bring('b', 'bronze_sales', filesOf('csv'), written),
    code('MED_BACKFILL_REFUSED', /still written to/),
  );
  assert.equal(sleptMs, 16_000);
});

test('B5 keys that the source of the table divides in another way are refused: they would be in two partitions', async () => {
  const { engine, bring } = engineOf(shop, { [RAW]: 2, old: 3 });
  const appender = await engine.log.appender();
  const key = Buffer.from('a');
  const records = [{ key, value: Buffer.from(JSON.stringify(sale('a', 1))), headers: {} }];
  await appender.append([{ topic: RAW, partition: 1 - partitionOfKey(key, 2), records }]);
  await assert.rejects(bring('a', 'bronze_sales', everything), code('MED_BACKFILL_REFUSED', /divided/));
});

test('B1 a range of offsets or of time is what the records were when it began; asked again, it is done', async () => {
  const { engine, bring, rows } = engineOf(shop);
  await engine.send(
    'old',
    0,
    [1, 2, 3, 4, 5].map((n) => sale(`s${n}`, n)),
  );
  const from: AskedFor = { ...everything, from: { offset: 1 }, to: { offset: 3 } };
  const first = await bring('part', 'bronze_sales', from);
  assert.deepEqual([first.ended, first.records, first.flow], ['now', 2, 'bronze_sales.backfill']);
  await engine.send('old', 0, [sale('s6', 6)]);
  assert.equal((await bring('part', 'bronze_sales', from)).ended, 'before');
  const later: AskedFor = { ...everything, from: { timeMs: Date.now() + 60_000 } };
  assert.equal((await bring('later', 'bronze_sales', later)).records, 0);
  await assert.rejects(bring('part', 'bronze_sales', everything), code('MED_BACKFILL_CHANGED'));
  await engine.start('bronze', { until: 'caught up' }).done;
  assert.deepEqual(
    (await rows('bronze_sales')).map((each) => [each.sale_id, each.source_topic, each.source_offset]),
    [
      ['s2', 'old', 1],
      ['s3', 'old', 2],
    ],
  );
});

test('B3 backfills of a flow go one after the other; one that cannot go on is given up, and begun under another name', async () => {
  const { engine, bring, rows } = engineOf(shop);
  const folder = new MemoryFiles({ batchRows: 1 });
  folder.put('a.json', [sale('a', 1), sale('b', 2)], instant(0));
  folder.put('b.json', [sale('c', 3)], instant(0));
  let calls = 0;
  const torn: FileSource = {
    list: (path, pattern) => folder.list(path, pattern),
    async *read(file, format, mark) {
      for await (const batch of folder.read(file, format, mark)) {
        if (calls++ === 1) throw new Error('killed');
        yield batch;
      }
    },
    close: async () => {},
  };
  await assert.rejects(bring('first', 'bronze_sales', filesOf('json_lines'), torn), /killed/);
  await assert.rejects(bring('second', 'bronze_sales', everything), code('MED_BACKFILL_UNFINISHED', /first/));
  folder.put('b.json', [sale('x', 3)], instant(1));
  await assert.rejects(
    bring('first', 'bronze_sales', filesOf('json_lines'), folder),
    code('MED_BACKFILL_SOURCE_CHANGED', /b\.json/),
  );
  assert.equal(await abandonBackfill(engine.log, shop, 'first'), true);
  assert.equal(await abandonBackfill(engine.log, shop, 'first'), false);
  await assert.rejects(abandonBackfill(engine.log, shop, 'none'), code('MED_CONFIG_INVALID'));
  await assert.rejects(
    bring('first', 'bronze_sales', filesOf('json_lines'), folder),
    code('MED_BACKFILL_REFUSED', /given up/),
  );
  await engine.send('old', 0, [sale('d', 4)]);
  assert.equal((await bring('second', 'bronze_sales', everything)).records, 1);
  assert.deepEqual(
    (await backfillsOf(engine.log, shop)).map(({ backfill: { id }, end }) => [id, end?.abandoned]),
    [
      ['first', true],
      ['second', false],
    ],
  );
  await engine.start('bronze', { until: 'caught up' }).done;
  assert.deepEqual((await rows('bronze_sales')).map(({ sale_id }) => sale_id).toSorted(), ['a', 'b', 'd']);
});

test('B4 rows of CSV are cast from text, what does not fit is rescued, and what is refused can be redriven', async () => {
  const { engine, bring, rows } = engineOf(shop);
  const folder = new MemoryFiles();
  const line = (sale_id: string, amount: string) => ({ sale_id, at: '2024-01-01T00:00:00Z', amount, weight: '1.5' });
  folder.put('old.csv', [line('a', '7'), line('', '8'), line('c', 'many'), 'half a line'], instant(0));
  assert.equal((await bring('csv', 'bronze_sales', filesOf('csv'), folder)).records, 4);
  engine.start('gold');
  await engine.start('bronze', { until: 'caught up' }).done;
  assert.deepEqual(
    (await rows('bronze_sales')).map((each) => [
      each.sale_id,
      each.amount,
      each.weight,
      each.source_topic,
      each.source_offset,
    ]),
    [
      ['a', 7, 1.5, 'old.csv', 0],
      ['c', null, 1.5, 'old.csv', 2],
    ],
  );
  await soon('the others are in quarantine', () => engine.database.quarantined.length === 2);
  const [refused, broken] = engine.database.quarantined.toSorted((a, b) => a.offset - b.offset);
  assert.deepEqual(
    [refused?.flow, refused?.outcome, broken?.outcome],
    ['bronze_sales.backfill', 'violation', 'unparseable'],
  );
  const mended = streamingTable('bronze_sales')
    .from(topic(RAW, { format: json(Sale), key: 'sale_id' }))
    .expectOrQuarantine('has_id', 'sale_id', notNull);
  const plan = pipeline('shop', { tables: [mended] });
  const redrives = new MemoryRedrives(engine.database).store('shop', ({ outcome }) => outcome === 'violation');
  assert.equal((await redrive(engine.log, plan, redrives, { by: 'test' })).sent, 1);
  await engine.start('bronze', { until: 'caught up' }, plan).done;
  const last = (await rows('bronze_sales')).at(-1);
  assert.deepEqual([last?.sale_id, last?.amount, last?.source_topic, last?.source_offset], ['', 8, 'old.csv', 1]);
});

test('B4 a table that is fed by files takes files of another folder and format, and topics, with their place as its audit says', async () => {
  const landed = streamingTable('bronze_sales').from(
    files('sales', { pattern: '*.json', format: jsonLines(Sale), key: 'sale_id', partitions: 2 }),
  );
  const plan = pipeline('landing', { tables: [landed] });
  const { engine, bring, rows } = engineOf(plan, { old: 3 });
  const folder = new MemoryFiles();
  folder.put('2023.csv', [{ ...sale('a', 0), amount: '1', weight: '2' }], instant(0));
  await bring('files', 'bronze_sales', filesOf('csv'), folder);
  await engine.send('old', 2, [{ ...sale('b', 2), colour: 'red' }]);
  await bring('topic', 'bronze_sales', everything);
  engine.start('bronze');
  await soon('both are there', async () => (await rows('bronze_sales')).length === 2);
  const found = (await rows('bronze_sales')).toSorted((a, b) => (String(a.sale_id) < String(b.sale_id) ? -1 : 1));
  assert.deepEqual(
    found.map((each) => [each.sale_id, each.amount, each.source_file, each.source_row, each._rescued_data]),
    [
      ['a', 1, '2023.csv', 0, null],
      ['b', 2, 'old', 0, '{"colour":"red"}'],
    ],
  );
});

test('W3 rows of windows that are closed are late, and counted so; the streaming table has them', async () => {
  const timed = streamingTable('timed')
    .from(bronze)
    .expectOrQuarantine('valid_time', 'at', isoInstant)
    .eventTime('at', { watermarkDelay: minutes(1) });
  const daily = materializedView('per_hour')
    .from(timed)
    .windowedBy(tumbling(minutes(60)))
    .aggregate((a) => ({ sales: a.count() }));
  const plan = pipeline('windows', { tables: [bronze, timed, daily] });
  const { engine, bring, rows } = engineOf(plan);
  await engine.send(RAW, 0, [{ ...sale('new', 1), at: '2025-01-01T12:00:00Z' }]);
  for (const layer of ['bronze', 'silver', 'gold'] as const) engine.start(layer);
  const rowsOf = () => (engine.database.counts.length === 0 ? [] : engine.database.rows('per_hour'));
  await soon('the window is there', () => rowsOf().length === 1);
  await engine.send('old', 0, [sale('old', 1), { ...sale('not so old', 1), at: '2025-01-01T12:30:00Z' }]);
  await bring('old', 'bronze_sales', everything);
  await soon('the old row is late', () => engine.database.late.length === 1);
  await soon('the other counts', () => rowsOf()[0]?.sales === 2);
  assert.equal((await rows('timed')).length, 3);
});
