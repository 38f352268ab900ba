import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from '@medallion/testkit';
import { quietScenario } from '../simulation/quiet-scenario.ts';
import { santaWorld } from '../simulation/santa-world.ts';

const SILVER = 'santa-deliveries.silver_santa_deliveries';

const restarted = (andState: boolean) =>
  quietScenario(
    [8_000],
    [
      { atMs: 20_000, kind: 'loss', topic: SILVER, partition: 0, ...(andState ? { andState } : {}) },
      { atMs: 25_000, kind: 'kill', who: { layer: 'silver', slot: 0 }, downMs: 1_000 },
    ],
  );

test('P4 a flow whose state cannot be rebuilt whole, as retention has removed records of it, says so and goes on', async () => {
  const gone = async (andState: boolean) => {
    const { violations, trace } = await play(restarted(andState), santaWorld, { trace: true });
    assert.deepEqual(violations, []);
    return trace.filter((line) => line.includes('records that the state is made of are gone')).length;
  };
  assert.equal(await gone(true), 1);
  assert.equal(await gone(false), 0);
});
