import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { needsStack } from './files.ts';
import { idleBetween, idleCores } from './idle-cores.ts';
import { LONGEST, longestFirst } from './order.ts';
import { CONCURRENCY, MOST, runAll } from './run-all.ts';

const root = resolve(import.meta.dirname, '../..');
const signal = new AbortController().signal;

test('the files that are named as the longest are there, and need a stack', () => {
  for (const file of LONGEST) assert.ok(existsSync(resolve(root, file)) && needsStack(file), file);
});

test('the longest come first, in their order, and the others stay as they were', () => {
  const [first, second] = LONGEST;
  assert.deepEqual(longestFirst(['b', second, 'a', first]), [first, second, 'b', 'a']);
});

for (const fill of [false, true])
  test(`each is run once, and the end is that of the last one (${fill ? 'filled' : 'as they are'})`, async () => {
    const ended: number[] = [];
    const items = Array.from({ length: 30 }, (_, i) => i);
    const run = async (item: number): Promise<void> => {
      await delay(item % 3 === 0 ? 20 : 1);
      ended.push(item);
    };
    await runAll(items, run, { fill, signal });
    assert.deepEqual(
      ended.toSorted((a, b) => a - b),
      items,
    );
  });

/** How many run at a time at most, on a machine of which so much is idle. */
async function mostAtOnce(idle: number, fill = true): Promise<number> {
  let [running, most, ended] = [0, 0, 0];
  const run = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await delay(100);
    running -= 1;
    ended += 1;
  };
  const items = Array.from({ length: 10 * MOST }, (_, i) => i);
  await runAll(items, run, { fill, signal, idle: () => idle, lookEveryMs: 1 });
  assert.equal(ended, items.length, 'what was begun in idle time is waited for');
  return most;
}

test('while a part of the machine is idle further ones are begun, up to a bound', async () => {
  assert.equal(await mostAtOnce(1), MOST);
});

test('where all cores work, or where nobody asked for it, no further one is begun', async () => {
  assert.equal(await mostAtOnce(0.4), CONCURRENCY);
  assert.equal(await mostAtOnce(2, false), CONCURRENCY);
});

test('one that fails to run fails all of it', async () => {
  await assert.rejects(
    runAll([1, 2], () => Promise.reject(new Error('no')), { fill: true, signal }),
    /no/,
  );
});

test('after an interruption no further one is begun', async () => {
  const interrupt = new AbortController();
  let begun = 0;
  const run = async (): Promise<void> => {
    begun += 1;
    interrupt.abort();
  };
  await runAll(
    Array.from({ length: 50 }, (_, i) => i),
    run,
    { fill: true, signal: interrupt.signal },
  );
  assert.ok(begun < 50, `${begun}`);
});

test('cores are idle by the share of the time that had nothing to do', () => {
  assert.equal(idleBetween({ idle: 0, all: 0 }, { idle: 500, all: 2_000 }, 2), 0.5);
  assert.equal(idleBetween({ idle: 7, all: 9 }, { idle: 7, all: 9 }, 2), 0);
  const idle = idleCores()();
  assert.ok(idle >= 0 && Number.isFinite(idle));
});
