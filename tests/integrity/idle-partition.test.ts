import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, play } from '@medallion/testkit';
import { quietScenario } from '../simulation/quiet-scenario.ts';
import { santaWorld } from '../simulation/santa-world.ts';

/** While gold asks how far the flows before it are, its answers are lost for some seconds. */
const asking: Fault = {
  ...{ atMs: 15_500, kind: 'network', who: { layer: 'gold', slot: 0 }, to: 'log', calls: 'checkpoints of' },
  ...{ loss: 'cut', share: 1, forMs: 4_000, delayMs: 0 },
};

test('G2 a partition is not idle while what came during a slow look is still on its way', async () => {
  for (const comesMs of [19_500, 19_800]) {
    const quiet = quietScenario([5_000, comesMs], [asking]);
    const scenario = { ...quiet, settings: { ...quiet.settings, checkpointEveryMs: 4_000, idleTimeoutMs: 10_000 } };
    const { violations, trace } = await play(scenario, santaWorld, { trace: true });
    assert.ok(
      trace.some((line) => /gold 0#0 .*checkpoints of .*cut 0\.\d+ s/.test(line)),
      'it asked while answers were lost',
    );
    assert.deepEqual(violations, []);
  }
});
