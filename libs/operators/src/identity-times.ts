import { type Instant, instant } from '@medallion/core';
import { FingerprintMap } from './fingerprint-map.ts';

/** No instant is before all others. */
const FREE = Number.NEGATIVE_INFINITY;

/** An instant for each of many identities, in 25 to 32 bytes each. */
export class IdentityTimes {
  readonly #times: FingerprintMap;

  constructor(seed?: number) {
    this.#times = new FingerprintMap({ values: (length) => new Float64Array(length), free: FREE }, seed);
  }

  get size(): number {
    return this.#times.size;
  }

  get(id: string | number): Instant | undefined {
    const at = this.#times.valueAt(this.#times.slotOf(String(id)));
    return at === FREE ? undefined : instant(at);
  }

  set(id: string | number, at: Instant): void {
    this.#times.setAt(this.#times.slotOf(String(id)), at);
  }

  /** Forgets all identities before an instant: one pass over the table. */
  deleteBefore(horizon: number): void {
    this.#times.removeWhere((at) => at < horizon);
  }
}
