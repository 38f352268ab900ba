import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { play, type Violation } from '@medallion/testkit';
import { SHOWN_BY } from './mutants/shown-by.ts';
import { worldOf } from './worlds.ts';

const WORKER = resolve(import.meta.dirname, 'mutants/shown-worker.ts');

/** The promises that break in a process with the mutant in it. */
async function violationsWith(mutant: string): Promise<readonly Violation[]> {
  const child = fork(WORKER, [mutant], { execArgv: [] });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of ${mutant} ended with ${code}`);
  });
  const [violations] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {}); // it has said all that it had to
  return violations as readonly Violation[];
}

for (const [mutant, scenarioOf] of Object.entries(SHOWN_BY))
  test(`what shows ${mutant} breaks a promise with it, and none without it`, { timeout: 240_000 }, async () => {
    const scenario = scenarioOf();
    assert.deepEqual((await play(scenario, worldOf(scenario.world))).violations, []);
    assert.notDeepEqual(await violationsWith(mutant), []);
  });
