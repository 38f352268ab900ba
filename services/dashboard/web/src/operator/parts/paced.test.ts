import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paced } from './paced.ts';

test('a lively channel is a reason to reload only now and then', () => {
  let time = 0;
  const merge = paced(5_000, () => time);
  const said: unknown[] = [];
  for (time = 1_000; time <= 11_000; time += 1_000) said.push(merge('data'));
  assert.deepEqual(
    said.flatMap((answer, i) => (answer === 'reload' ? [i + 1] : [])),
    [5, 10],
  );
});
