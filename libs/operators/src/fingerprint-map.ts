import { processSeed } from '@medallion/core';

/** Words of a fingerprint: 96 bits, so that a year of 2,000 events/s meets another's with a chance of 10⁻¹². */
const WORDS = 3;
const LEAST_CAPACITY = 64;
const GREATEST_LOAD = 0.8;
/** Small steps: the table is the greatest thing that a long span keeps, and half of it would be empty. */
const GROWTH = 1.25;

/** What a map keeps for each key, and the value that stands for a free slot. */
export type Kept = {
  readonly values: (length: number) => Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  readonly free: number;
};

/**
 * A number for each of many keys, in 12 bytes and those of the number, and a quarter to a half more for free slots; a
 * `Map` of strings takes about 130.
 *
 * Not the key itself is kept but a fingerprint of 96 bits, from a seed of each process's own, so that nobody can choose
 * two keys that meet. Open addressing with linear probing over typed arrays: Knuth, The Art of Computer Programming,
 * volume 3, section 6.4, algorithms L and R.
 */
export class FingerprintMap {
  readonly #kept: Kept;
  readonly #seed: number;
  #capacity = 0;
  #size = 0;
  #prints: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #values: Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  // The fingerprint of the key at hand; fields, because a result object per row would be garbage.
  #a = 0;
  #b = 0;
  #c = 0;
  // Whose fingerprint it is: a key is looked for, and set a moment later.
  #at: string | null = null;

  constructor(kept: Kept, seed = processSeed) {
    this.#kept = kept;
    this.#seed = seed;
    this.#values = kept.values(0);
    this.#allocate(LEAST_CAPACITY);
  }

  get size(): number {
    return this.#size;
  }

  /** The slot of a key, or the free one where it belongs: good until the next `setAt` of a free slot, or removal. */
  slotOf(key: string): number {
    if (key !== this.#at) this.#fingerprint(key);
    this.#at = key;
    return this.#slot();
  }

  /** The value of a slot; the free value where there is none. */
  valueAt(slot: number): number {
    return this.#values[slot] as number;
  }

  /** Sets the value of the slot that `slotOf` gave last. */
  setAt(slot: number, value: number): void {
    if (this.#values[slot] !== this.#kept.free) {
      this.#values[slot] = value;
      return;
    }
    this.#put(slot, value);
    if (this.#size > this.#capacity * GREATEST_LOAD) this.#resize(Math.ceil(this.#capacity * GROWTH));
  }

  /** Forgets keys by their values: one pass over the table. */
  removeWhere(gone: (value: number) => boolean): void {
    for (let slot = 0; slot < this.#capacity; ) {
      // A removal may move a later entry into the slot, which is looked at next. Over the table's end it moves only
      // entries of its beginning, which were looked at already.
      const value = this.#values[slot] as number;
      if (value !== this.#kept.free && gone(value)) this.#remove(slot);
      else slot++;
    }
    if (this.#capacity > LEAST_CAPACITY && this.#size < this.#capacity / 4)
      this.#resize(Math.max(LEAST_CAPACITY, this.#size * 2));
  }

  #allocate(capacity: number): void {
    this.#capacity = capacity;
    this.#prints = new Uint32Array(capacity * WORDS);
    this.#values = this.#kept.values(capacity).fill(this.#kept.free);
  }

  #resize(capacity: number): void {
    const [prints, values] = [this.#prints, this.#values];
    this.#allocate(capacity);
    this.#size = 0;
    this.#at = null;
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot] as number;
      if (value === this.#kept.free) continue;
      this.#a = prints[slot * WORDS] as number;
      this.#b = prints[slot * WORDS + 1] as number;
      this.#c = prints[slot * WORDS + 2] as number;
      this.#put(this.#slot(), value);
    }
    // Given back now: the collector sees small objects, and would leave the megabytes behind them for long.
    prints.buffer.transfer(0);
    values.buffer.transfer(0);
  }

  #put(slot: number, value: number): void {
    this.#prints[slot * WORDS] = this.#a;
    this.#prints[slot * WORDS + 1] = this.#b;
    this.#prints[slot * WORDS + 2] = this.#c;
    this.#values[slot] = value;
    this.#size++;
  }

  /** Algorithm R: entries behind the hole that may stand in it are moved there, until a free slot is met. */
  #remove(slot: number): void {
    let hole = slot;
    for (let next = this.#after(hole); this.#values[next] !== this.#kept.free; next = this.#after(next)) {
      const home = this.#home(this.#prints[next * WORDS] as number);
      const reachable = hole <= next ? home <= hole || home > next : home <= hole && home > next;
      if (!reachable) continue;
      this.#prints.copyWithin(hole * WORDS, next * WORDS, (next + 1) * WORDS);
      this.#values[hole] = this.#values[next] as number;
      hole = next;
    }
    this.#values[hole] = this.#kept.free;
    this.#size--;
  }

  #after(slot: number): number {
    return slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  #home(word: number): number {
    return Math.floor((word / 0x1_0000_0000) * this.#capacity);
  }

  #slot(): number {
    let slot = this.#home(this.#a);
    while (this.#values[slot] !== this.#kept.free) {
      const at = slot * WORDS;
      if (this.#prints[at] === this.#a && this.#prints[at + 1] === this.#b && this.#prints[at + 2] === this.#c) break;
      slot = this.#after(slot);
    }
    return slot;
  }

  /** Three lanes of MurmurHash3's 32-bit round and finish (Appleby, public domain), over units of UTF-16. */
  #fingerprint(key: string): void {
    let a = this.#seed;
    let b = ~this.#seed;
    let c = this.#seed ^ 0x5bd1e995;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i) + 1;
      a = Math.imul(a ^ Math.imul(unit, 0xcc9e2d51), 0x85ebca6b);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ Math.imul(unit, 0x1b873593), 0xc2b2ae35);
      b = (b << 15) | (b >>> 17);
      c = Math.imul(c ^ Math.imul(unit, 0xe6546b64), 0x9e3779b1);
      c = (c << 17) | (c >>> 15);
    }
    this.#a = finish(a ^ key.length);
    this.#b = finish(b ^ a);
    this.#c = finish(c ^ b);
  }
}

function finish(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
