import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { guarded } from './guard.ts';
import { settled } from './virtual-time.ts';

test('while a simulation runs nobody asks for the real time, waits for it, or draws by real chance', async () => {
  await guarded(1, async () => {
    for (const call of [
      () => Date.now(),
      () => performance.now(),
      () => Math.random(),
      () => setTimeout(() => {}, 1),
      () => setInterval(() => {}, 1),
      () => setImmediate(() => {}),
      () => delay(1),
      () => randomInt(3),
    ])
      assert.throws(call, /was called in a simulation/);
    await settled();
  });
  assert.ok(Date.now() > 0 && performance.now() > 0 && Math.random() >= 0);
  await delay(1);
});

test('ids are drawn from the seed', async () => {
  const ids = (seed: number) => guarded(seed, async () => [randomUUID(), randomUUID()]);
  const [first, second] = await ids(1);
  assert.match(first!, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(first, second);
  assert.deepEqual(await ids(1), [first, second]);
  assert.notDeepEqual(await ids(2), [first, second]);
});

test('the real ones are back also when the work fails', async () => {
  await assert.rejects(
    guarded(1, async () => Promise.reject(new Error('on purpose'))),
    /on purpose/,
  );
  assert.ok(Date.now() > 0);
});
