import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from '@medallion/testkit';
import { quietScenario } from '../simulation/quiet-scenario.ts';
import { santaWorld } from '../simulation/santa-world.ts';

test('G7 what a database lacks that has failed over is committed again, also when nothing more comes', async () => {
  const scenario = quietScenario([8_000], [{ atMs: 7_000, kind: 'failover', lostMs: 60_000, downMs: 0 }]);
  const { violations, trace } = await play(scenario, santaWorld, { trace: true });
  assert.deepEqual(violations, []);
  const committed = trace.findLastIndex((line) => / commit .*\bsilver_santa_deliveries\[/.test(line));
  const wentBack = trace.findIndex((line) => line.includes('the replica takes over'));
  assert.ok(wentBack > 0 && committed > wentBack, 'the database went back when all was in it, and gold did it again');
});
