import { createRandom, type Random } from '../support/random.ts';
import type { Fault } from './fault.ts';
import { runFault } from './run-fault.ts';
import type { World } from './support/world.ts';

/** Faults that happen at the same time; no two of them hit the same thing. */
export type Storm = readonly Fault[];

/** Between two faults of a storm, at most. */
const MAX_APART_MS = 2_000;

/** Several faults at a time, one storm after the other, each looked at as by `runFault`; nobody waits until all is caught up. */
export class Storms {
  readonly problems: string[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #signal: AbortSignal;
  #happened = 0;

  constructor(world: World, random: Random, signal: AbortSignal) {
    this.#world = world;
    this.#random = random;
    this.#signal = signal;
  }

  /** Faults that have happened, and were over when this is asked. */
  get happened(): number {
    return this.#happened;
  }

  /** Those of `always` in an order of the seed, then those of `more` for which there is time. */
  async run(always: readonly Storm[], more: readonly Storm[], durationMs: number): Promise<void> {
    const began = performance.now();
    for (const storm of this.#shuffled(always)) await this.#happen(storm);
    for (const storm of this.#shuffled(more)) if (performance.now() - began < durationMs) await this.#happen(storm);
  }

  async #happen(storm: Storm): Promise<void> {
    // All is drawn before anything happens, so that the pace of the machine changes nothing of it.
    const drawn = storm.map((fault) => ({
      fault,
      afterMs: this.#random.between(0, MAX_APART_MS),
      own: createRandom(Math.floor(this.#random.between(1, 2 ** 31))),
    }));
    await Promise.all(
      drawn.map(async ({ fault, afterMs, own }) => {
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        const { problems } = await runFault(this.#world, fault, own, this.#signal, 'ready');
        this.problems.push(...problems);
        this.#happened++;
      }),
    );
  }

  #shuffled(storms: readonly Storm[]): Storm[] {
    const left = [...storms];
    const order: Storm[] = [];
    while (left.length > 0) order.push(...left.splice(Math.floor(this.#random.between(0, left.length)), 1));
    return order;
  }
}
