/** Longer texts are not kept. */
const MAX_BYTES = 32;
const SLOTS = 256;
/** After so many texts a column of which fewer than half were kept ones is not worth the look. */
const TRIAL = 4_096;

/**
 * The texts of a column that recur, such as cities or states: found by their bytes, so that they are decoded once, and
 * equal ones are one string. Bounded: a slot holds the text that was last seen in it. It stops looking in a column
 * whose texts do not recur.
 */
export class TextCache {
  readonly #bytes = new Uint8Array(SLOTS * MAX_BYTES);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #texts: string[] = new Array<string>(SLOTS).fill('');
  #looked = 0;
  #found = 0;
  #useful = true;

  /** The text of `bytes` from `from` up to `to`, as UTF-8. */
  text(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (!this.#useful || length > MAX_BYTES) return decode(bytes, from, to);
    if (length === 0) return '';
    let hash = length;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    const start = slot * MAX_BYTES;
    this.#looked++;
    if (this.#lengths[slot] === length) {
      let i = 0;
      while (i < length && this.#bytes[start + i] === bytes[from + i]) i++;
      if (i === length) {
        this.#found++;
        return this.#texts[slot]!;
      }
    }
    const text = decode(bytes, from, to);
    this.#lengths[slot] = length;
    for (let i = 0; i < length; i++) this.#bytes[start + i] = bytes[from + i]!;
    this.#texts[slot] = text;
    if (this.#looked >= TRIAL) {
      this.#useful = this.#found * 2 >= this.#looked;
      this.#looked = 0;
      this.#found = 0;
    }
    return text;
  }
}

/** Short texts are nearly always ASCII, which is read faster as Latin-1. */
function decode(bytes: Buffer, from: number, to: number): string {
  for (let i = from; i < to; i++) if (bytes[i]! > 0x7f) return bytes.toString('utf8', from, to);
  return bytes.toString('latin1', from, to);
}
