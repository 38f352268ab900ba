import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanBefore } from './windows.ts';

test('the time before is named by its length', () => {
  assert.deepEqual([15, 60, 180, 1_440].map(spanBefore), [
    ...['the 15 minutes before', 'the hour before', 'the 3 hours before', 'the 24 hours before'],
  ]);
});
