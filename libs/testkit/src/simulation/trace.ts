/** What happened in a run, in its order: lines for people, and a number that tells two runs apart. */
export class Trace {
  readonly #lines: string[] = [];
  readonly #kept: boolean;
  readonly #now: () => number;
  #digest = 0x811c9dc5;

  /** @param kept whether lines are kept; the digest is made of them in any case */
  constructor(now: () => number, kept: boolean) {
    this.#now = now;
    this.#kept = kept;
  }

  /** Notes what happened now. */
  note(who: string, what: string): void {
    const at = this.#now();
    this.#mix(at);
    this.#text(who);
    this.#text(what);
    if (this.#kept) this.#lines.push(`${(at / 1_000).toFixed(4).padStart(10)} s  ${who.padEnd(12)}  ${what}`);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Two runs with the same digest took the same course. */
  get digest(): string {
    return (this.#digest >>> 0).toString(16).padStart(8, '0');
  }

  #mix(number: number): void {
    this.#digest = Math.imul(this.#digest ^ Math.floor(number * 1_000), 0x01000193);
  }

  #text(text: string): void {
    let digest = this.#digest;
    for (let i = 0; i < text.length; i++) digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193);
    this.#digest = digest;
  }
}
