/** Long enough to smooth bursts that come every 5 s; short enough to show a change at once. */
export const RATE_WINDOW_MS = 10_000;

/** The rate of a counter over the last 10 s. A counter that falls has started again with its process. */
export class Rate {
  #points: { readonly atMs: number; readonly total: number }[] = [];

  add(atMs: number, total: number): void {
    const last = this.#points.at(-1);
    if (last !== undefined && total < last.total) this.#points = [];
    this.#points.push({ atMs, total });
    // The newest point that is old enough stays, as the other end of the window.
    while ((this.#points[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - RATE_WINDOW_MS) this.#points.shift();
  }

  clear(): void {
    this.#points = [];
  }

  /** Per second; null while there are not two points. */
  get perSecond(): number | null {
    const [first, last] = [this.#points[0], this.#points.at(-1)];
    if (first === undefined || last === undefined || first.atMs === last.atMs) return null;
    return ((last.total - first.total) * 1000) / (last.atMs - first.atMs);
  }
}
