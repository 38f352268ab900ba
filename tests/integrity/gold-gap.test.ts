import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from '@medallion/testkit';
import { quietScenario } from '../simulation/quiet-scenario.ts';
import { santaWorld } from '../simulation/santa-world.ts';

const BRONZE = 'santa-deliveries.bronze_santa_deliveries';
const GOLD = 'santa-deliveries.gold';

test('P8 I5 gold says that records are gone which it had not read, also when its group has no checkpoint any more', async () => {
  // Down for longer than Kafka keeps the offsets of a group without members, and the topic its records.
  const scenario = quietScenario(
    [8_000, 40_000],
    [
      { atMs: 20_000, kind: 'kill', who: { layer: 'gold', slot: 0 }, downMs: 60_000 },
      { atMs: 60_000, kind: 'forget', group: GOLD },
      { atMs: 60_000, kind: 'loss', topic: BRONZE, partition: 0 },
    ],
  );
  const { violations, trace } = await play(scenario, santaWorld, { trace: true });
  assert.deepEqual(violations, []);
  assert.ok(
    trace.some((line) => line.includes('error: flow stopped') && line.includes('MED_LOG_GAP')),
    'gold has stopped',
  );
});
