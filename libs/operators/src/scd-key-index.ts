import { processSeed } from '@medallion/core';

/** Words of a slot: a fingerprint of 96 bits, and the number of the key plus 1 (0: the slot is free). */
const WORDS = 4;
const LEAST_CAPACITY = 64;
const GREATEST_LOAD = 0.8;
const GROWTH = 1.25;

/**
 * Numbers for keys, from 0 on, in 20 to 25 bytes each: what is kept of a key is a fingerprint from a seed of each
 * process's own (see IdentityTimes, whose table this is). The number of a key stays the same until it is removed, and is
 * then given to another.
 */
export class KeyIndex {
  #capacity = 0;
  #slots: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #size = 0;
  /** Numbers that were given are below this one. */
  #next = 0;
  readonly #free: number[] = [];
  readonly #seed: number;
  #a = 0;
  #b = 0;
  #c = 0;

  constructor(seed = processSeed) {
    this.#seed = seed;
    this.#allocate(LEAST_CAPACITY);
  }

  get size(): number {
    return this.#size;
  }

  /** All numbers are below this one. */
  get bound(): number {
    return this.#next;
  }

  /** The number of a key, or -1. */
  find(key: string): number {
    this.#fingerprint(key);
    return this.#number(this.#slot()) - 1;
  }

  /** The number of a key, given to it now if it has none. */
  add(key: string): number {
    this.#fingerprint(key);
    const slot = this.#slot();
    const known = this.#number(slot);
    if (known !== 0) return known - 1;
    const number = this.#free.pop() ?? this.#next++;
    this.#put(slot, number + 1);
    if (this.#size > this.#capacity * GREATEST_LOAD) this.#grow();
    return number;
  }

  /** Forgets keys by their numbers: one pass over the table. */
  removeWhere(gone: (number: number) => boolean): void {
    for (let slot = 0; slot < this.#capacity; ) {
      // A removal may move a later key into the slot, which is looked at next.
      const number = this.#number(slot);
      if (number === 0 || !gone(number - 1)) slot++;
      else {
        this.#free.push(number - 1);
        this.#remove(slot);
      }
    }
  }

  #number(slot: number): number {
    return this.#slots[slot * WORDS + 3] as number;
  }

  #allocate(capacity: number): void {
    this.#capacity = capacity;
    this.#slots = new Uint32Array(capacity * WORDS);
  }

  #grow(): void {
    const slots = this.#slots;
    this.#allocate(Math.ceil(this.#capacity * GROWTH));
    this.#size = 0;
    for (let at = 0; at < slots.length; at += WORDS) {
      if (slots[at + 3] === 0) continue;
      this.#a = slots[at] as number;
      this.#b = slots[at + 1] as number;
      this.#c = slots[at + 2] as number;
      this.#put(this.#slot(), slots[at + 3] as number);
    }
    // Given back now: the collector sees a small object, and would leave the megabytes behind it for long.
    slots.buffer.transfer(0);
  }

  #put(slot: number, number: number): void {
    const at = slot * WORDS;
    this.#slots[at] = this.#a;
    this.#slots[at + 1] = this.#b;
    this.#slots[at + 2] = this.#c;
    this.#slots[at + 3] = number;
    this.#size++;
  }

  /** Knuth 6.4, algorithm R: keys behind the hole that may stand in it are moved there, until a free slot is met. */
  #remove(slot: number): void {
    let hole = slot;
    for (let next = this.#after(hole); this.#number(next) !== 0; next = this.#after(next)) {
      const home = this.#home(this.#slots[next * WORDS] as number);
      const reachable = hole <= next ? home <= hole || home > next : home <= hole && home > next;
      if (!reachable) continue;
      this.#slots.copyWithin(hole * WORDS, next * WORDS, (next + 1) * WORDS);
      hole = next;
    }
    this.#slots[hole * WORDS + 3] = 0;
    this.#size--;
  }

  #after(slot: number): number {
    return slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  #home(word: number): number {
    return Math.floor((word / 0x1_0000_0000) * this.#capacity);
  }

  /** The slot of the fingerprint at hand, or the free one where it belongs. */
  #slot(): number {
    let slot = this.#home(this.#a);
    while (this.#number(slot) !== 0) {
      const at = slot * WORDS;
      if (this.#slots[at] === this.#a && this.#slots[at + 1] === this.#b && this.#slots[at + 2] === this.#c) break;
      slot = this.#after(slot);
    }
    return slot;
  }

  /** Three lanes of MurmurHash3's 32-bit round and finish, over units of UTF-16. */
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
