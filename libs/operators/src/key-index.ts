import { FingerprintMap } from './fingerprint-map.ts';

/** Kept is the number of the key plus 1. */
const FREE = 0;

/**
 * Numbers for keys, from 0 on, in 20 to 25 bytes each. The number of a key stays the same until it is removed, and is
 * then given to another.
 */
export class KeyIndex {
  readonly #numbers: FingerprintMap;
  /** Numbers that were given are below this one. */
  #next = 0;
  readonly #free: number[] = [];

  constructor(seed?: number) {
    this.#numbers = new FingerprintMap({ values: (length) => new Uint32Array(length), free: FREE }, seed);
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** All numbers are below this one. */
  get bound(): number {
    return this.#next;
  }

  /** The number of a key, or -1. */
  find(key: string): number {
    return this.#numbers.valueAt(this.#numbers.slotOf(key)) - 1;
  }

  /** The number of a key, given to it now if it has none. */
  add(key: string): number {
    const slot = this.#numbers.slotOf(key);
    const known = this.#numbers.valueAt(slot);
    if (known !== FREE) return known - 1;
    const number = this.#free.pop() ?? this.#next++;
    this.#numbers.setAt(slot, number + 1);
    return number;
  }

  /** Forgets keys by their numbers: one pass over the table. */
  removeWhere(gone: (number: number) => boolean): void {
    this.#numbers.removeWhere((kept) => {
      if (!gone(kept - 1)) return false;
      this.#free.push(kept - 1);
      return true;
    });
  }
}
