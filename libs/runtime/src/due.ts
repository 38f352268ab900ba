import { type Clock, elapsedMs } from '@medallion/core';

/** When something that is done now and then is to be done again: by what has passed, not by the time, as clocks are set. */
export class Due {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #atMs = Number.NEGATIVE_INFINITY;

  /** @param everyMs how long after one time the next is, in milliseconds; the first one is at once */
  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Whether it is time. */
  get isNow(): boolean {
    return elapsedMs(this.#clock) >= this.#atMs;
  }

  /** It is done, or begun: the next time is counted from now on. */
  done(everyMs: number = this.#everyMs): void {
    this.#atMs = elapsedMs(this.#clock) + everyMs;
  }

  /** Whether it is time, and if so, the next time is counted from now on. */
  take(): boolean {
    if (!this.isNow) return false;
    this.done();
    return true;
  }
}
