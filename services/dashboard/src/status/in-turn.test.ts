import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InTurn } from './in-turn.ts';

/** Questions that count how many of them are under way at once, and take a moment. */
function questions() {
  let [now, most, asked] = [0, 0, 0];
  return {
    most: () => most,
    asked: () => asked,
    forget: () => {
      most = 0;
    },
    question:
      (fails = false) =>
      async () => {
        now++;
        asked++;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        if (fails) throw new Error('away');
        return asked;
      },
  };
}

test('the first question is asked alone, and those after its answer together', async () => {
  const [turns, q] = [new InTurn(), questions()];
  await turns.ask(q.question());
  await Promise.all([1, 2, 3].map(() => turns.ask(q.question())));
  assert.equal(q.most(), 3);
});

test('those that are asked at once at the beginning go one after the other', async () => {
  const [turns, q] = [new InTurn(), questions()];
  await Promise.all([1, 2, 3].map(() => turns.ask(q.question())));
  assert.equal(q.most(), 1);
});

test('an answer that shows nothing leaves it at that', async () => {
  const [turns, q] = [new InTurn(), questions()];
  await turns.ask(q.question(), () => false);
  await Promise.all([1, 2].map(() => turns.ask(q.question())));
  assert.equal(q.most(), 1);
});

test('after an error they go one after the other again, and what waits behind an error is not asked', async () => {
  const [turns, q] = [new InTurn(), questions()];
  await turns.ask(q.question());
  await assert.rejects(turns.ask(q.question(true)));
  q.forget();
  const behind = [turns.ask(q.question(true)), turns.ask(q.question()), turns.ask(q.question())];
  for (const each of await Promise.allSettled(behind)) assert.equal(each.status, 'rejected');
  assert.deepEqual([q.most(), q.asked()], [1, 3]);
  assert.equal(await turns.ask(q.question()), 4, 'the next one is');
});
