import { PRICES, type Prices } from './prices.ts';

const NAMES = Object.keys(PRICES) as (keyof Prices)[];

/**
 * The list prices with somebody's own in their places: an object of dollars by name, of as many as he has.
 *
 * @throws Error that names what is no price, and the names that there are.
 */
export function withOwn(own: unknown): Prices {
  if (typeof own !== 'object' || own === null || Array.isArray(own))
    throw new Error(`prices are an object of dollars by name: ${NAMES.join(', ')}`);
  const wrong = Object.entries(own).flatMap(([name, dollars]) => {
    if (!NAMES.some((known) => known === name)) return [`${name} is none of ${NAMES.join(', ')}`];
    return typeof dollars === 'number' && Number.isFinite(dollars) && dollars >= 0
      ? []
      : [`${name} is not a number of dollars: ${JSON.stringify(dollars)}`];
  });
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  const dollars = own as Readonly<Partial<Record<keyof Prices, number>>>;
  const priced = NAMES.map((name) => {
    const given = dollars[name];
    return [name, given === undefined ? PRICES[name] : { ...PRICES[name], dollars: given, seen: 'yours' }];
  });
  return Object.fromEntries(priced) as Prices;
}
