import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { followLoad, type HeapMode, HeapModes } from './heap-growth.ts';

const after = (seconds: readonly number[]): HeapMode => {
  const modes = new HeapModes();
  for (const cores of seconds) modes.next(cores);
  return modes.mode;
};

test('a heap is small from the start, and while there is little to do', () => {
  assert.equal(after([]), 'small');
  assert.equal(after([0.1, 0.34, 0, 0.2]), 'small');
});

test('three busy seconds in a row let it grow, a burst does not', () => {
  assert.equal(after([0.9, 0.9]), 'small');
  assert.equal(after([0.9, 0.9, 0.1, 0.9, 0.9]), 'small');
  assert.equal(after([0.9, 0.35, 1.4]), 'fast');
});

test('three quiet seconds in a row make it small again', () => {
  assert.equal(after([1, 1, 1, 0, 0]), 'fast');
  assert.equal(after([1, 1, 1, 0, 0, 1, 0, 0]), 'fast');
  assert.equal(after([1, 1, 1, 0, 0, 0]), 'small');
});

test('the mode is that of the last three seconds that were alike', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (busy) => {
      let expected: HeapMode = 'small';
      for (let i = 2; i < busy.length; i++)
        if (busy[i] === busy[i - 1] && busy[i] === busy[i - 2]) expected = busy[i] ? 'fast' : 'small';
      assert.equal(after(busy.map((each) => (each ? 1 : 0))), expected);
    }),
  );
});

test('V8 is told once for each change, first to keep the heap small', () => {
  const told: string[] = [];
  followLoad((flag) => void told.push(flag))();
  assert.deepEqual(told, ['--heap-growing-percent=40']);
});
