import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyedTablePlan, Layer } from '@medallion/pipeline';
import { fromLedgerRecord, ledgerOf } from '@medallion/runtime';
import { countedIn, difference } from '../support/count-oracle.ts';
import { changes, keyedPipeline, keyedTable, RAW } from '../support/keyed-plan.ts';
import { World } from '../support/keyed-world.ts';

const [inputOfBronze] = changes.flows;
const CHANGES = 5;

/** A table by key over a topic of others: its records have no coordinates, by which repetitions would be known. */
const table: KeyedTablePlan = {
  ...keyedTable(1),
  layer: 'bronze',
  flow: { ...inputOfBronze!, name: 'table_1' },
};
const plan = keyedPipeline(table);

function send(world: World, n: number): void {
  const value = { id: 'a', seq: n, gone: false, name: 'Alice', note: null };
  const record = { key: Buffer.from('a'), value: Buffer.from(JSON.stringify(value)), headers: {} };
  world.cluster.append([{ topic: RAW, partition: 0, records: [record] }]);
}

async function runUntil(world: World, layers: readonly Layer[], done: () => boolean): Promise<void> {
  const running = layers.map((layer) => world.start(layer, plan, layer));
  const deadline = Date.now() + 120_000;
  while (!done() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2));
  await Promise.all(running.map((flow) => flow.stop()));
  assert.ok(done(), `not in time: ${world.trouble}`);
}

test('L1 what a ledger says is settled is never processed again, whatever became of the checkpoint', async () => {
  const world = new World(1, false);
  world.cluster.createTopic(RAW, 1);
  for (let n = 0; n < CHANGES; n++) send(world, n);
  const { checkpoints } = world.cluster.group('keyed.table_1');
  const at = `0 ${RAW}`;
  await runUntil(world, ['bronze'], () => checkpoints.get(at)?.offset === CHANGES);
  // As of an instance that was killed before it stored one.
  checkpoints.delete(at);
  send(world, CHANGES);
  const changelog = world.cluster.topic(table.changelogTopic)![0]!;
  const lease = () => world.database.leases.find(({ topic }) => topic === table.changelogTopic);
  await runUntil(
    world,
    ['bronze', 'gold'],
    () => checkpoints.get(at)?.offset === CHANGES + 1 && lease()?.next === changelog.high,
  );

  const counted = countedIn(table.name, world.database.counts);
  assert.deepEqual(counted.records, { read: CHANGES + 1, accepted: CHANGES + 1 });
  assert.equal(difference(counted), 0);
  const settled = changelog
    .slice(0, changelog.high, Number.MAX_SAFE_INTEGER)
    .filter((record) => ledgerOf(record) !== null)
    .map((record) => fromLedgerRecord(record, { topic: table.changelogTopic, partition: 0 }).next);
  assert.deepEqual(
    settled,
    settled.toSorted((a, b) => a - b),
    'ledgers never go back',
  );
});
