import assert from 'node:assert/strict';
import { test } from 'node:test';
import { play } from '@medallion/testkit';
import { quietScenario } from '../simulation/quiet-scenario.ts';
import { santaWorld } from '../simulation/santa-world.ts';

test('P6 a checkpoint that came late does not stay in the place of a later one, also when nothing more comes', async () => {
  // The commit of the first burst is on its way until all is over; its caller has long gone on.
  const scenario = quietScenario(
    [8_000, 20_000],
    [
      {
        ...{ atMs: 8_000, kind: 'network', to: 'log', calls: 'checkpoint of santa-deliveries.bronze' },
        ...{ loss: 'late', share: 1, forMs: 6_000, delayMs: 90_000 },
      },
    ],
  );
  const { violations, trace } = await play(scenario, santaWorld, { trace: true });
  assert.ok(
    trace.some((line) => /bronze .* checkpoint of .* arrives 90\.000 s/.test(line)),
    'one came late',
  );
  assert.deepEqual(violations, []);
});
