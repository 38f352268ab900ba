import { decimal, NONE } from './numbers.ts';

/** Whether more of it is good news, bad news or neither. */
export type Meaning = 'more-is-better' | 'less-is-better' | 'neutral';

/** How a number moved: where, in words, and whether that is good. */
export type Change = {
  readonly direction: 'up' | 'down' | 'same' | 'unknown';
  readonly text: string;
  readonly verdict: 'better' | 'worse' | 'neutral';
};

/** Closer than this to each other, two values are called the same: nobody acts on a tenth of a percent. */
const SAME = 0.0005;

const verdictOf = (direction: 'up' | 'down', meaning: Meaning): Change['verdict'] => {
  if (meaning === 'neutral') return 'neutral';
  return (direction === 'up') === (meaning === 'more-is-better') ? 'better' : 'worse';
};

/**
 * What became of `before`: relative in percent, or for `points` (of fractions of 1) the difference in percentage points.
 */
export function change(
  value: number | null,
  before: number | null,
  meaning: Meaning,
  as: 'relative' | 'points' = 'relative',
): Change {
  if (value === null || before === null) return { direction: 'unknown', text: NONE, verdict: 'neutral' };
  const difference = value - before;
  if (as === 'relative' && before === 0) {
    if (difference === 0) return { direction: 'same', text: 'no change', verdict: 'neutral' };
    // The beginning of something is neither better nor worse than nothing.
    return { direction: 'unknown', text: NONE, verdict: 'neutral' };
  }
  const size = as === 'points' ? difference : difference / Math.abs(before);
  if (Math.abs(size) < SAME) return { direction: 'same', text: 'no change', verdict: 'neutral' };
  const direction = size > 0 ? 'up' : 'down';
  const sign = size > 0 ? '+' : '−';
  const amount = Math.abs(size) * 100;
  const text = `${sign}${decimal(amount, amount >= 100 ? 0 : 1)}\u00a0${as === 'points' ? 'pp' : '%'}`;
  return { direction, text, verdict: verdictOf(direction, meaning) };
}
