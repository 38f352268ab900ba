import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Instant } from '@medallion/core';
import { milliseconds } from '@medallion/core';
import {
  files,
  isoInstant,
  json,
  jsonLines,
  materializedView,
  type PipelinePlan,
  pipeline,
  snapshot,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { MemoryFiles } from '@medallion/testkit';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** A clock that jumps while a service works: how long something took is not a matter of what time it is. */

const HOUR_MS = 3_600_000;
const RAW = 'clicks';

const bronze = streamingTable('bronze').from(
  topic(RAW, { format: json(row('Click', { user: string(), at: string() })), key: 'user' }),
);
const silver = streamingTable('silver')
  .from(bronze)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: milliseconds(100) });
const perWindow = materializedView('per_window')
  .from(silver)
  .windowedBy(tumbling(milliseconds(100)))
  .aggregate((a) => ({ clicks: a.count() }));
const plan = pipeline('web', { tables: [bronze, silver, perWindow] });

/** The machine's clock, ahead by so much; what has passed is measured as ever. */
function skewedClock(): Clock & { skewMs: number } {
  const clock = {
    skewMs: 0,
    now: () => (Date.now() + clock.skewMs) as Instant,
    elapsedMs: () => performance.now(),
  };
  return clock;
}

const click = (atMs: number) => ({ user: 'ann', at: new Date(atMs).toISOString() });
const BEGAN = Date.parse('2026-01-01T00:00:00Z');

const engines: MemoryEngine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.stop())));

async function started(clock: Clock): Promise<MemoryEngine> {
  const engine = new MemoryEngine(plan, { [RAW]: 2 });
  engines.push(engine);
  engine.clock = clock;
  for (const layer of ['bronze', 'silver', 'gold'] as const)
    engine.start(layer, { idleTimeoutMs: milliseconds(HOUR_MS) });
  await soon('the tables are there', () => engine.database.leases.length > 0);
  return engine;
}

test('P6 a clock that is set back does not hold up checkpoints until it is where it was', async () => {
  const clock = skewedClock();
  const engine = await started(clock);
  await engine.send(RAW, 0, [click(BEGAN)]);
  await soon('the first is checkpointed', () => engine.checkpointed('bronze') === 1);
  clock.skewMs = -2 * HOUR_MS;
  await engine.send(RAW, 0, [click(BEGAN + 1)]);
  await soon('the second is checkpointed', () => engine.checkpointed('bronze') === 2);
  await soon('by silver too', () => engine.checkpointed('silver') === 2);
  await soon("and gold's group has heard of it", () => engine.checkpointed('gold') >= 2);
});

test('W5 a clock that jumps ahead makes no partition idle, and no honest row late', async () => {
  const clock = skewedClock();
  const engine = await started(clock);
  await engine.send(RAW, 0, [click(BEGAN + 10_000)]);
  await engine.send(RAW, 1, [click(BEGAN)]);
  await soon('both are there', () => engine.database.rows('per_window').length === 2);
  await soon('all is checkpointed', () => engine.checkpointed('silver') === 2);
  clock.skewMs = 2 * HOUR_MS;
  await delay(100); // twenty ticks
  assert.deepEqual(
    engine.database.leases.filter(({ state }) => state.idle),
    [],
  );
  // Were partition 1 idle, partition 0 alone would have closed the window that this one is in.
  await engine.send(RAW, 1, [click(BEGAN + 50)]);
  await soon('it is counted', () => engine.database.rows('per_window')[0]?.clicks === 2);
  assert.deepEqual(engine.database.late, []);
});

const Customer = row('Customer', { id: string(), name: string() });
const landed = streamingTable('landed').from(
  files('orders', { pattern: '*.json', format: jsonLines(Customer), key: 'id', partitions: 1 }),
);
const customers = materializedView('customers').from(
  snapshot('customers', { pattern: '*.json', format: jsonLines(Customer), keys: ['id'] }),
);

for (const [what, table, path] of [
  ['N1 a clock that is set back does not hold up the look for the next snapshot', customers, 'customers/all.json'],
  ['a clock that is set back does not hold up the look for new files', landed, 'orders/2.json'],
] as const)
  test(what, async () => {
    const clock = skewedClock();
    const engine = new MemoryEngine(pipeline('folders', { tables: [table] }), {});
    engines.push(engine);
    const folder = new MemoryFiles();
    engine.clock = clock;
    engine.files = folder;
    const records = () => engine.size(topicOf(engine.plan));
    folder.put(table === landed ? 'orders/1.json' : path, [{ id: 'a', name: 'Ann' }], 1_000 as Instant);
    engine.start('bronze', { discoverEveryMs: 50 });
    await soon('the first is there', () => records() > 0);
    await delay(100); // it has been looked again, and nothing was new
    const before = records();
    clock.skewMs = -2 * HOUR_MS;
    folder.put(path, [{ id: 'b', name: 'Bob' }], 2_000 as Instant);
    await soon('the second is there', () => records() > before);
  });

/** Where the records of its only table go. */
function topicOf({ tables: [table] }: PipelinePlan): string {
  assert.ok(table?.kind === 'streaming_table' || table?.kind === 'keyed_table');
  return table.kind === 'streaming_table' ? table.topic : table.changelogTopic;
}
