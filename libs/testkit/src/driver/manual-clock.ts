import { type Clock, type DurationMs, type Instant, instant } from '@medallion/core';

/** A clock that only moves when it is told to. */
export class ManualClock implements Clock {
  #now: Instant;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  /** Moves on; a clock that goes back is set with `set`. */
  advance(by: DurationMs): void {
    this.#now = instant(this.#now + by);
  }

  set(now: Instant): void {
    this.#now = now;
  }
}
