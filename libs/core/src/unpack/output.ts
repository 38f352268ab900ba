/** Up to here a loop is faster than a call. */
const SHORT = 24;

/** What compressed bytes become, in order; what they refer back to is in it. It grows as they say, up to a bound. */
export class Output {
  readonly #most: number;
  #bytes: Buffer;
  #length = 0;

  /** Throws when there are more than `most` bytes in the end; `likely` is how many are expected. */
  constructor(most: number, likely: number) {
    this.#most = most;
    this.#bytes = Buffer.allocUnsafe(Math.min(most, likely));
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds bytes of the input. */
  literal(from: Buffer, start: number, length: number): void {
    if (start + length > from.length) throw new Error('it ends too early');
    this.#room(length);
    const bytes = this.#bytes;
    let to = this.#length;
    this.#length += length;
    if (length > SHORT) from.copy(bytes, to, start, start + length);
    else for (let at = start; at < start + length; at++) bytes[to++] = from[at]!;
  }

  /** Adds what stands `back` bytes before the end again; it may overlap itself, which repeats it. */
  copy(back: number, length: number): void {
    if (back < 1 || back > this.#length) throw new Error('it refers to what is before its start');
    this.#room(length);
    const bytes = this.#bytes;
    let to = this.#length;
    this.#length += length;
    if (back >= length && length > SHORT) bytes.copyWithin(to, to - back, to - back + length);
    else for (const end = to + length; to < end; to++) bytes[to] = bytes[to - back]!;
  }

  #room(length: number): void {
    const needed = this.#length + length;
    if (needed > this.#most) throw new Error(`unpacked it has more than ${this.#most} bytes`);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#most, Math.max(needed, this.#bytes.length * 2)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
