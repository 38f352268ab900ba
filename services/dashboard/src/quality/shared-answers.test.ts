import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instant } from '@medallion/core';
import { createSharedAnswers } from './shared-answers.ts';

test('many who ask cost one query, until the answer is too old; an error is not kept', async () => {
  let now = 0;
  let asked = 0;
  const answers = createSharedAnswers({ now: () => now as Instant });
  const read = async () => ++asked;
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => answers.of('a', 100, read))), [1, 1, 1]);
  now = 99;
  assert.equal(await answers.of('a', 100, read), 1);
  now = 100;
  assert.equal(await answers.of('a', 100, read), 2);
  await assert.rejects(
    answers.of('b', 100, () => Promise.reject(new Error('away'))),
    /away/,
  );
  assert.equal(await answers.of('b', 100, read), 3);
});
