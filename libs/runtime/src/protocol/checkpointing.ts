import type { Instant } from '@medallion/core';

/** When a flow stores how far it is: now and then while it runs, and after each round once it drains. */
export class Checkpointing {
  readonly #everyMs: number;
  readonly #store: (now: Instant) => Promise<unknown>;
  #due = 0;
  #drained: (() => void) | null = null;

  /**
   * @param everyMs the longest time between two checkpoints while records flow, in milliseconds
   * @param store stores what was processed; what it could not store is stored the next time
   */
  constructor(everyMs: number, store: (now: Instant) => Promise<unknown>) {
    this.#everyMs = everyMs;
    this.#store = store;
  }

  get draining(): boolean {
    return this.#drained !== null;
  }

  /** Stores when it is time; between two rounds, so that all that was processed is acknowledged. */
  async whenDue(now: Instant): Promise<void> {
    if (now < this.#due && !this.draining) return;
    this.#due = now + this.#everyMs;
    await this.#store(now);
    this.#drained?.();
  }

  /** Resolves once all that was processed is stored, as it is from then on after each round. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }
}
