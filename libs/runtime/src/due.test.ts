import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import { Due } from './due.ts';

test('it is time at once, then when so much has passed, whatever becomes of the clock', () => {
  let [now, passed] = [1_000_000, 5];
  const due = new Due({ now: () => instant(now), elapsedMs: () => passed }, 100);
  assert.deepEqual([due.isNow, due.take(), due.isNow, due.take()], [true, true, false, false]);
  now -= 500_000;
  passed += 99;
  assert.equal(due.take(), false);
  passed += 1;
  assert.equal(due.isNow, true, 'looking takes nothing');
  assert.equal(due.take(), true);
  now += 10_000_000;
  assert.equal(due.isNow, false);
  due.done(10);
  passed += 10;
  assert.equal(due.isNow, true);
});
