import type { Schedule } from '../log/schedule.ts';
import { type Chance, chanceOf } from './chance.ts';

type Due = { readonly at: number; readonly tie: number; work: (() => void) | null };

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/**
 * Time that nobody waits for: a heap of due work. What is due at the same moment comes in an order that the seed decides,
 * which is how interleavings are explored. All promises settle after each piece of work before the next one is taken, so
 * a run is the same every time.
 */
export class VirtualTime {
  /** Milliseconds since the run began; not whole. */
  now = 0;
  /** Pieces of work done. */
  steps = 0;
  readonly #heap: Due[] = [];
  readonly #ties: Chance;

  constructor(seed: number) {
    this.#ties = chanceOf(seed, 'ties');
  }

  readonly schedule: Schedule = (delayMs, work) => {
    const due: Due = { at: this.now + Math.max(0, delayMs), tie: this.#ties.next(), work };
    this.#push(due);
    return () => {
      due.work = null;
    };
  };

  /**
   * Does what is due, until `isOver` says so, nothing is left, or the time is over.
   *
   * @param untilMs the time at which it ends, on its own line of time
   */
  async run(untilMs: number, isOver: () => boolean): Promise<void> {
    await settled();
    while (!isOver()) {
      const due = this.#heap[0];
      if (due === undefined || due.at > untilMs) {
        this.now = untilMs;
        return;
      }
      this.#pop();
      if (due.work === null) continue;
      this.now = due.at;
      this.steps++;
      due.work();
      await settled();
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const { nextTick } = process;

/** Resolves when all promises have settled that can: ticks come after all microtasks, and cost little. */
export const settled = (): Promise<void> => new Promise((resolve) => nextTick(resolve));
