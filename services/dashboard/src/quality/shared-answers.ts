import type { Clock } from '@medallion/core';

/** Answers that are given again for a short while, so that many who ask cost one query. */
export type SharedAnswers = {
  /** What `read` gives, or gave at most `forMs` ago under the same key. An error is not kept. */
  of<T>(key: string, forMs: number, read: () => Promise<T>): Promise<T>;
};

/** Keys that are remembered at most; of more the oldest go. */
const MOST = 500;

/** Remembers answers by the clock. */
export function createSharedAnswers(clock: Clock): SharedAnswers {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
  return {
    of<T>(key: string, forMs: number, read: () => Promise<T>): Promise<T> {
      const now = clock.now();
      const known = kept.get(key);
      if (known !== undefined && now - known.at < forMs) return known.answer as Promise<T>;
      const answer = read();
      kept.delete(key);
      kept.set(key, { at: now, answer });
      if (kept.size > MOST) kept.delete(kept.keys().next().value as string);
      answer.catch(() => {
        if (kept.get(key)?.answer === answer) kept.delete(key);
      });
      return answer;
    },
  };
}
