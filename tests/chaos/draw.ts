import { createRandom } from '../support/random.ts';
import type { Fault } from './fault.ts';

/** A fault that was drawn, the seed of all that it draws itself, and the pause before it. */
export type Drawn = { readonly fault: Fault; readonly seed: number; readonly pauseMs: number };

const MAX_PAUSE_MS = 8_000;

/**
 * Draws faults for ever: each of them once, in an order of the seed, then each of them once again, in another. So a run
 * that is long enough has had all, and the same seed gives the same sequence whatever the machine's pace.
 */
export function* draw(faults: readonly Fault[], seed: number): Generator<Drawn, never> {
  if (faults.length === 0) throw new Error('there are no faults to draw from');
  const random = createRandom(seed);
  for (;;) {
    const left = [...faults];
    while (left.length > 0) {
      const [fault] = left.splice(Math.floor(random.between(0, left.length)), 1);
      const own = Math.floor(random.between(1, 2 ** 31));
      yield { fault: fault!, seed: own, pauseMs: random.between(0, MAX_PAUSE_MS) };
    }
  }
}
