import type { Clock } from '@medallion/core';
import { Due } from '../due.ts';

/** So often a flow stores its checkpoints again: an older commit that came late may have taken their place (SPEC P6). */
export const STORE_AGAIN_EVERY_MS = 30_000;

/** When a flow stores how far it is: now and then while it runs, and after each round once it drains. */
export class Checkpointing {
  readonly #due: Due;
  readonly #store: () => Promise<unknown>;
  #drained: (() => void) | null = null;

  /**
   * @param everyMs the longest time between two checkpoints while records flow, in milliseconds
   * @param clock asked for what has passed, not for the time: set back, it would hold up checkpoints for as long
   * @param store stores what was processed; what it could not store is stored the next time
   */
  constructor(everyMs: number, clock: Clock, store: () => Promise<unknown>) {
    this.#due = new Due(clock, everyMs);
    this.#store = store;
  }

  get draining(): boolean {
    return this.#drained !== null;
  }

  /** Stores when it is time; between two rounds, so that all that was processed is acknowledged. */
  async whenDue(): Promise<void> {
    if (!this.#due.take() && !this.draining) return;
    await this.#store();
    this.#drained?.();
  }

  /** Resolves once all that was processed is stored, as it is from then on after each round. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }
}
