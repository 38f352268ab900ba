import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv, pipeline, snapshot, streamingTable } from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { type Fault, type InputFile, play, type Scenario, type World } from '@medallion/testkit';
import { lakeflowWorld } from '../simulation/lakeflow/lakeflow-world.ts';
import { quietScenario } from '../simulation/quiet-scenario.ts';
import { santaWorld } from '../simulation/santa-world.ts';

/** The commit after the first burst is on its way until all is over; its caller has long gone on. */
const late = (group: string): Fault => ({
  ...{ atMs: 8_000, kind: 'network', to: 'log', calls: `checkpoint of ${group}` },
  ...{ loss: 'late', share: 1, forMs: 6_000, delayMs: 90_000 },
});

async function doesNotStay(scenario: Scenario, world: World): Promise<void> {
  const { violations, trace } = await play(scenario, world, { trace: true });
  assert.ok(
    trace.some((line) => / checkpoint of .* arrives 90\.000 s/.test(line)),
    'one came late',
  );
  assert.deepEqual(violations, []);
}

const landing = (path: string, atMs: number, rows: InputFile['rows']): InputFile => ({
  atMs,
  path,
  rows,
  settlesMs: 0,
});

test('P6 a checkpoint that came late does not stay in the place of a later one, also when nothing more comes', () =>
  doesNotStay(quietScenario([8_000, 20_000], [late('santa-deliveries.bronze')]), santaWorld));

test('P6 nor does one of a flow that reads files', () => {
  const customer = { customer_id: 1, customer_name: 'Ann', operation: 'UPSERT', changed_at: '2026-12-24T10:00:00Z' };
  const files = [8_000, 20_000].map((atMs, i) =>
    landing(`lakeflow-customers/customers/${i}.json`, atMs, [{ ...customer, segment: String(i) }]),
  );
  const scenario = quietScenario([8_000], [late('lakeflow-customers.bronze_customers')], lakeflowWorld);
  return doesNotStay({ ...scenario, files }, lakeflowWorld);
});

test('P6 nor does one of a flow that reads snapshots', () => {
  const source = snapshot('shop', { pattern: '*.csv', format: csv(row('Raw', { id: string() })), keys: ['id'] });
  const world: World = {
    name: 'snapshots',
    plan: pipeline('snapshots', { tables: [streamingTable('customers').from(source)] }),
    inputs: [],
    records: () => [],
    // What is behind is found by the run itself.
    check: () => [],
  };
  const files = [8_000, 20_000].map((atMs, i) => landing('shop/customers.csv', atMs, [{ id: `c${i}` }]));
  return doesNotStay({ ...quietScenario([8_000], [late('snapshots.customers')], world), files }, world);
});
