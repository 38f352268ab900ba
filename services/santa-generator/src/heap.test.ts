import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHeap } from './heap.ts';

test('items come out in the order of their due times, however pushes and pops are mixed', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (steps) => {
      const heap = createHeap<{ due: number }>();
      const model: number[] = [];
      for (const due of steps) {
        if (due !== null) {
          heap.push({ due });
          model.push(due);
          model.sort((a, b) => a - b);
        } else {
          assert.equal(heap.peek()?.due, model[0]);
          assert.equal(heap.pop()?.due, model.shift());
        }
        assert.equal(heap.size, model.length);
      }
    }),
  );
});
