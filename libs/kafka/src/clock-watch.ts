/** What time it is and what has passed drift apart by less than this between two looks, unless somebody sets the clock. */
const SET_MS = 1_000;

/**
 * Notices that the clock is set back. kafkajs decides by what time it is whether a sign of life is due: after that it would
 * send none until it is as late as it was, lose its partitions, and not hear of it.
 */
export class ClockWatch {
  #ahead: number;

  /** `nowMs`: what time it is; `passedMs`: what has passed since some moment, which never jumps. */
  constructor(nowMs: number = Date.now(), passedMs: number = performance.now()) {
    this.#ahead = nowMs - passedMs;
  }

  /** By how many milliseconds the clock was set back since the last look; 0 when it was not. */
  look(nowMs: number = Date.now(), passedMs: number = performance.now()): number {
    const before = this.#ahead;
    this.#ahead = nowMs - passedMs;
    const back = before - this.#ahead;
    return back >= SET_MS ? Math.round(back) : 0;
  }
}
