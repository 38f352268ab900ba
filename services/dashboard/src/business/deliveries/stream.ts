import type { Deliveries, Delivery } from '../../contract/index.ts';

/** The newest events at a moment, and how many there were in all. */
export type Arrivals = { readonly newest: readonly Delivery[]; readonly arrived: number };

/**
 * Tells what is new since it was asked last. It looks at the newest events only and yet counts exactly: what is among the newest and
 * was not before has come since, and how many have come is the difference of two counts.
 */
export class DeliveryStream {
  #before: Arrivals | null = null;

  /** The first time the newest; null when nothing came. */
  next(now: Arrivals): Deliveries | null {
    const before = this.#before;
    this.#before = now;
    // Fewer than before: the table was made anew.
    if (before === null || now.arrived < before.arrived) return { deliveries: [...now.newest], skipped: 0 };
    const came = now.arrived - before.arrived;
    if (came === 0) return null;
    const known = new Set(before.newest.map(({ id }) => id));
    // Where rows were erased, older ones take their place.
    const deliveries = now.newest.filter(({ id }) => !known.has(id)).slice(0, came);
    return { deliveries, skipped: came - deliveries.length };
  }
}
