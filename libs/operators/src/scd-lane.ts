import type { Sequence } from './scd-order.ts';

const LEAST = 64;
const GROWTH = 1.25;

/** Numbers by number of a key, 8 bytes each. */
export class NumberLane {
  #values: Float64Array<ArrayBuffer> = new Float64Array(LEAST);

  get(i: number): number {
    return this.#values[i] as number;
  }

  set(i: number, value: number): void {
    if (i >= this.#values.length) {
      const old = this.#values;
      this.#values = new Float64Array(Math.ceil(Math.max(i + 1, old.length * GROWTH)));
      this.#values.set(old);
      // Given back now: the collector sees a small object, and would leave the megabytes behind it for long.
      old.buffer.transfer(0);
    }
    this.#values[i] = value;
  }
}

/** Sequences by number of a key: as doubles, unless they are texts. */
export class SequenceLane {
  readonly #numbers = new NumberLane();
  readonly #texts: string[] = [];

  get(i: number): Sequence {
    return this.#texts[i] ?? this.#numbers.get(i);
  }

  set(i: number, value: Sequence): void {
    if (typeof value === 'string') this.#texts[i] = value;
    else this.#numbers.set(i, value);
  }
}
