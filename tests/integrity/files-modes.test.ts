import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { days, instant, isMedallionError, milliseconds, noMetrics, systemClock } from '@medallion/core';
import {
  files,
  jsonLines,
  type Layer,
  nonEmpty,
  oneOf,
  type PipelinePlan,
  pipeline,
  streamingTable,
} from '@medallion/pipeline';
import {
  type Condition,
  coordinateOf,
  decide,
  type FileSource,
  noProgress,
  type RunningFlow,
  runLayer,
  type TableStore,
} from '@medallion/runtime';
import { double, fieldsOf, long, nullable, type RowSchema, row, string, timestamp } from '@medallion/schema';
import {
  createMemoryCodecs,
  createMemoryLog,
  MemoryCluster,
  MemoryDatabase,
  MemoryRegistry,
  MemoryTableStore,
  MemoryFiles as WholeFiles,
} from '@medallion/testkit';
import { MemoryFiles } from '../support/memory-files.ts';

/** What becomes of columns that nobody declared, of rows that stop a flow, and of flows that end. */

const Raw = row('RawOrder', { order_id: string(), n: long(), status: string() });
const TOPIC = 'files-test.bronze_orders';
type Evolution = 'rescue' | 'none' | 'fail' | 'add_new_columns';

const source = (evolution: Evolution = 'rescue') =>
  files('orders', { pattern: '*', format: jsonLines(Raw), key: 'order_id', partitions: 2, readers: 2, evolution });
const planOf = (evolution?: Evolution): PipelinePlan =>
  pipeline('files-test', { tables: [streamingTable('bronze_orders').from(source(evolution))] });

class World {
  readonly cluster = new MemoryCluster();
  readonly registry = new MemoryRegistry();
  readonly folder = new MemoryFiles();
  readonly conditions: Condition[] = [];
  readonly lines: Readonly<Record<string, unknown>>[] = [];

  start(
    plan: PipelinePlan,
    until?: 'caught up',
    files: FileSource = this.#source(),
    { layer = 'bronze', store }: { readonly layer?: Layer; readonly store?: TableStore } = {},
  ): RunningFlow {
    const line = (fields: Readonly<Record<string, unknown>>) => void this.lines.push(fields);
    return runLayer(layer, {
      ...(store === undefined ? {} : { store }),
      ...{ plan, owner: 'a', clock: systemClock, metrics: noMetrics, progress: () => noProgress },
      logger: { debug: line, info: line, warn: line, error: line },
      log: createMemoryLog(this.cluster),
      codecs: createMemoryCodecs(this.registry),
      files,
      report: (_, condition) => void this.conditions.push(condition),
      sleep: (ms, signal) => delay(Math.min(ms, 5), undefined, { signal }).catch(() => {}),
      settings: {
        ...{ fetchWaitMs: 1, maxBatchBytes: 16_384, sessionTimeoutMs: 1_000, tickMs: 2, checkpointEveryMs: 2 },
        ...{ discoverEveryMs: 3, idleTimeoutMs: milliseconds(600_000) },
        ...(until === undefined ? {} : { until }),
      },
    });
  }

  #source(): FileSource {
    return this.folder.source({ unavailable: () => false, batchRows: () => 3 });
  }

  #records(topic: string) {
    return (this.cluster.topic(topic) ?? []).flatMap((log) => log.slice(0, log.high, Number.MAX_SAFE_INTEGER));
  }

  /** Rows as they stand in the topic, in the order of their coordinates. */
  async rows(plan: PipelinePlan, more: RowSchema['fields'] = []): Promise<Readonly<Record<string, unknown>>[]> {
    const { schema } = plan.tables[0]!;
    const wanted = { name: schema.name, fields: [...schema.fields, ...more] };
    const decoder = await createMemoryCodecs(this.registry).decoder(TOPIC, wanted);
    const records = this.#records(TOPIC);
    await decoder.prepare(records.map(({ value }) => value));
    const place = (record: (typeof records)[number]) => coordinateOf(record)!.offset;
    return records
      .toSorted((a, b) => place(a) - place(b))
      .map(({ value }) => {
        const decoded = decoder.decode(value);
        return 'row' in decoded ? decoded.row : decoded;
      });
  }

  traces() {
    return this.#records(`${TOPIC}.quarantine`).map(({ headers, value }) => ({
      outcome: String(headers['medallion.outcome']),
      reason: String(headers['medallion.reason']),
      value: String(value),
      decided: headers['medallion.decided'] !== undefined,
    }));
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`not reached: ${what}`);
      await delay(2);
    }
  }
}

const order = (n: number, more: object = {}) => ({ order_id: `o${n}`, n, status: 'ok', ...more });

test('S12 rescue keeps what nobody declared, none leaves it out, and both keep what does not fit', async () => {
  for (const [evolution, rescued] of [
    ['rescue', ['{"n":"x","more":1}', '{"more":[1]}']],
    ['none', ['{"n":"x"}', null]],
  ] as const) {
    const world = new World();
    const plan = planOf(evolution);
    world.folder.put('orders/a', [order(1, { n: 'x', more: 1 }), order(2, { more: [1] }), order(3)]);
    const flow = world.start(plan, 'caught up');
    await flow.done;
    const rows = await world.rows(plan);
    assert.deepEqual(
      rows.map(({ order_id, n }) => [order_id, n]),
      [
        ['o1', null],
        ['o2', 2],
        ['o3', 3],
      ],
    );
    assert.equal(rows[1]!._rescued_data, rescued[1]);
    assert.equal(rows[0]!._rescued_data, rescued[0]);
    assert.equal(rows[2]!._rescued_data, null);
    assert.deepEqual(
      rows.map(({ source_file, source_row }) => `${source_file} ${source_row}`),
      ['orders/a 0', 'orders/a 1', 'orders/a 2'],
    );
  }
});

test('S12 fail stops the flow at the row with the column, with all before it written, and goes on where it stood', async () => {
  const world = new World();
  world.folder.put('orders/a', [...[0, 1, 2, 3].map((n) => order(n)), order(4, { extra: 1 }), order(5)]);
  const flow = world.start(planOf('fail'));
  await world.until('it stopped', () => world.conditions.some((c) => !c.ok && c.code === 'MED_FILE_COLUMNS'));
  assert.deepEqual(
    (await world.rows(planOf())).map(({ n }) => n),
    [0, 1, 2, 3],
  );
  await flow.stop();
  // The other mode is what a person has decided for.
  await world.start(planOf('rescue'), 'caught up').done;
  assert.deepEqual(
    (await world.rows(planOf())).map(({ n, _rescued_data }) => [n, _rescued_data]),
    [
      [0, null],
      [1, null],
      [2, null],
      [3, null],
      [4, '{"extra":1}'],
      [5, null],
    ],
  );
});

test('S15 add_new_columns makes columns of what nobody declared, remembers them, and says so', async () => {
  const world = new World();
  const plan = planOf('add_new_columns');
  const at = '2026-01-01T00:00:00.000Z';
  world.folder.put('orders/a', [order(0), order(1, { discount: 1, at, tags: [1] }), order(2, { discount: 0.5 })]);
  await world.start(plan, 'caught up').done;
  // Another start knows them; a value that does not fit is rescued, a column of another row is null.
  world.folder.put('orders/b', [order(3, { discount: 'much', note: 'x' }), order(4, { discount: 2 })]);
  await world.start(plan, 'caught up').done;
  const added = fieldsOf({ discount: nullable(double()), at: nullable(timestamp()), note: nullable(string()) });
  const rows = await world.rows(plan, added);
  const byN = new Map(rows.map((each) => [each.n, each]));
  const column = (name: string) => [0, 1, 2, 3, 4].map((n) => byN.get(n)![name]);
  assert.deepEqual(column('discount'), [null, 1, 0.5, null, 2]);
  assert.deepEqual(column('at'), [null, Date.parse(at), null, null, null]);
  assert.deepEqual(column('note'), [null, null, null, 'x', null]);
  assert.deepEqual(column('_rescued_data'), [null, '{"tags":[1]}', null, '{"discount":"much"}', null]);
  const told = world.lines.flatMap(({ event, columns }) => (event === 'columns_added' ? [columns] : []));
  assert.deepEqual(told, [['discount double', 'at timestamp'], ['discount double', 'at timestamp'], ['note string']]);
});

test('S16 columns that files add are in the copy from the first row that has them, and tables behind read on', async () => {
  const world = new World();
  const bronze = streamingTable('bronze_orders')
    .from(source('add_new_columns'))
    .queryable({ partitionBy: 'ingestion_date', retention: days(30) });
  const silver = streamingTable('silver_orders').from(bronze).expectOrDrop('has_id', 'order_id', nonEmpty);
  const plan = pipeline('files-test', { tables: [bronze, silver] });
  const database = new MemoryDatabase();
  const through = async () => {
    for (const layer of ['bronze', 'silver', 'gold'] as const)
      await world.start(plan, 'caught up', undefined, { layer, store: new MemoryTableStore({ database }) }).done;
  };
  world.folder.put('orders/a', [order(0), order(1), order(2, { discount: 0.5 }), order(3), order(4, { note: 'x' })]);
  await through();
  assert.deepEqual(
    database.added.get('bronze_orders')?.map(({ name, type }) => `${name} ${type.kind}`),
    ['discount double', 'note string'],
  );
  // Another start of the gold layer, with a column more.
  world.folder.put('orders/b', [order(5, { discount: 'much', more: true }), order(6, { discount: 2 })]);
  await through();
  const copied = new Map(database.copied('bronze_orders').map((each) => [each.n, each]));
  const column = (name: string) => [0, 1, 2, 3, 4, 5, 6].map((n) => copied.get(n)![name] ?? null);
  assert.deepEqual(column('discount'), [null, null, 0.5, null, null, null, 2]);
  assert.deepEqual(column('note'), [null, null, null, null, 'x', null, null]);
  assert.deepEqual(column('more'), [null, null, null, null, null, true, null]);
  assert.deepEqual(column('_rescued_data'), [null, null, null, null, null, '{"discount":"much"}', null]);
  const read = (world.cluster.topic('files-test.silver_orders') ?? []).reduce((sum, { high }) => sum + high, 0);
  assert.equal(read, 7);
});

test('S2 another number of readers is refused: paths would belong to other partitions, and be read again', async () => {
  const world = new World();
  world.folder.put('orders/a', [order(0)]);
  await world.start(planOf(), 'caught up').done;
  const one = files('orders', { pattern: '*', format: jsonLines(Raw), key: 'order_id', partitions: 2 });
  const plan = pipeline('files-test', { tables: [streamingTable('bronze_orders').from(one)] });
  await assert.rejects(world.start(plan, 'caught up').done, /MED_READERS_CHANGED.*made for 2 readers.*declares 1/);
});

test('F1 a row that breaks an expectOrFail stops the flow within its file; skipped, it is in quarantine and the rest flows', async () => {
  const world = new World();
  const plan = pipeline('files-test', {
    tables: [streamingTable('bronze_orders').from(source()).expectOrFail('known', 'status', oneOf('ok'))],
  });
  world.folder.put('orders/a', [order(0), order(1), order(2), order(3), order(4, { status: 'odd' }), order(5)]);
  const flow = world.start(plan);
  const stopped = () => world.conditions.findLast((c) => !c.ok && c.code === 'MED_EXPECTATION_FAILED');
  await world.until('it stopped', () => stopped() !== undefined);
  const found = stopped()!;
  assert.ok(!found.ok && found.message.includes('row 4 of orders/a'), JSON.stringify(found));
  assert.equal((await world.rows(plan)).length, 4);
  const error = world.lines.findLast(({ err }) => isMedallionError(err))?.err;
  assert.ok(isMedallionError(error));
  const { topic, partition, offset } = error.details as { topic: string; partition: number; offset: number };
  await decide(createMemoryLog(world.cluster), plan, systemClock.now(), {
    ...{ flow: 'bronze_orders', at: { topic, partition, offset }, decision: 'skip', by: 'ann', reason: 'a test' },
  });
  await world.until('the rest flows', async () => (await world.rows(plan)).length === 5);
  assert.deepEqual(
    (await world.rows(plan)).map(({ n }) => n),
    [0, 1, 2, 3, 5],
  );
  assert.deepEqual(
    world.traces().map(({ outcome, decided }) => [outcome, decided]),
    [['violation', true]],
  );
  await flow.stop();
});

test('S8 S9 a broken row and a file that changed leave traces that name them, and the next file flows', async () => {
  const world = new World();
  world.folder.put('orders/a', [order(0), 'no json', order(1)]);
  world.folder.put('orders/b', [order(2), order(3), order(4), order(5)]);
  const flow = world.start(planOf());
  await world.until('all is read', async () => (await world.rows(planOf())).length === 6);
  assert.deepEqual(
    world.traces().map(({ outcome, reason, value }) => [outcome, reason, value]),
    [['unparseable', 'orders/a, line 2: no JSON', 'no json']],
  );
  world.folder.put('orders/b', [order(9)]);
  await world.until('the change is told', () => world.lines.some(({ code }) => code === 'MED_FILE_CHANGED'));
  world.folder.put('orders/c', [order(6)]);
  await world.until('the next file flows', async () => (await world.rows(planOf())).length === 7);
  assert.ok(!(await world.rows(planOf())).some(({ n }) => n === 9));
  await flow.stop();
});

test('S9 a file that cannot be read to its end leaves one trace behind its rows, and the next file flows', async () => {
  const world = new World();
  const folder = new WholeFiles({ batchRows: 2 });
  folder.putUnreadable('orders/a', [order(0), order(1), order(2)], instant(0));
  folder.putUnreadable('orders/b', [], instant(0));
  folder.put('orders/c', [order(3)], instant(0));
  await world.start(planOf(), 'caught up', folder).done;
  assert.deepEqual((await world.rows(planOf())).map(({ n }) => n).toSorted(), [0, 1, 2, 3]);
  assert.deepEqual(
    world
      .traces()
      .map(({ outcome, reason }) => `${outcome}: ${reason}`)
      .toSorted(),
    [
      'unparseable: orders/a: it ends too early; nothing of it from row 3 on was read',
      'unparseable: orders/b: it ends too early; nothing of it was read',
    ],
  );
});

test('S13 a run until caught up reads what was there at its start, files that still settled included, and ends', async () => {
  const world = new World();
  for (let n = 0; n < 8; n++) world.folder.put(`orders/${n}`, [order(n)]);
  world.folder.put('orders/slow', [order(100)]);
  world.folder.settling.add('orders/slow');
  const flow = world.start(planOf(), 'caught up');
  await world.until('the others are read', async () => (await world.rows(planOf())).length === 8);
  world.folder.put('orders/late', [order(200)]);
  world.folder.settling.delete('orders/slow');
  await flow.done;
  const ns = (await world.rows(planOf())).map(({ n }) => n);
  assert.deepEqual([ns.length, ns.includes(100), ns.includes(200)], [9, true, false]);
  await world.start(planOf(), 'caught up').done;
  assert.equal((await world.rows(planOf())).length, 10);
});

test('S13 two runs until caught up at the same time share the files, and both end', async () => {
  const world = new World();
  for (let n = 0; n < 20; n++) world.folder.put(`orders/${n}`, [order(n)]);
  await Promise.all([world.start(planOf(), 'caught up').done, world.start(planOf(), 'caught up').done]);
  assert.equal(new Set((await world.rows(planOf())).map(({ n }) => n)).size, 20);
});

test('S13 a flow that runs once reads what was there when it first began, also after a restart in between', async () => {
  const world = new World();
  const plan = pipeline('files-test', {
    tables: [streamingTable('bronze_orders').appendFlow('history', source(), { once: true })],
  });
  for (let n = 0; n < 6; n++) world.folder.put(`orders/${n}`, [order(n), order(n)]);
  const first = world.start(plan);
  await world.until('something is read', async () => (await world.rows(plan)).length > 0);
  await first.stop();
  await world.start(plan).done;
  const known = (await world.rows(plan)).length;
  world.folder.put('orders/late', [order(200)]);
  await world.start(plan).done;
  const rows = await world.rows(plan);
  assert.equal(rows.length, known);
  assert.equal(new Set(rows.map(({ n }) => n)).size, 6);
});
