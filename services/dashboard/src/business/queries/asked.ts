import { type Instant, isoString } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { QueryParameters } from '../../contract/index.ts';
import { invalid } from '../problems.ts';
import { parameterOf } from '../values.ts';
import type { Asked, BusinessQuery } from './query.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MAX_ROWS = 10_000;
/** No calendar of ours knows what is earlier, or later. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** What was said, checked; the time range may still be open. */
export type Said = Omit<Asked, 'from' | 'to'> & { readonly from: string | null; readonly to: string | null };

/** Checks parameters against those that a query knows. @throws MED_REQUEST_INVALID */
export function saidOf({ name, parameters, rows }: BusinessQuery, given: QueryParameters): Said {
  for (const parameter of Object.keys(given))
    if (!parameters.some((known) => known === parameter))
      throw invalid(`${name} takes no ${parameter}, but ${parameters.join(', ')}`);
  const instantOf = (text: string | undefined, what: string) =>
    text === undefined || text === '' ? null : parameterOf(text, 'timestamp', what);
  const textOf = (text: string | undefined, what: string) =>
    text === undefined || text === '' ? null : parameterOf(text, 'string', what);
  const [from, to] = [instantOf(given.from, 'from'), instantOf(given.to, 'to')];
  if (from !== null && to !== null && from >= to) throw invalid('from is not before to');
  return {
    ...{ from, to },
    region: textOf(given.region, 'region'),
    gift_type: textOf(given.gift_type, 'gift_type'),
    city: textOf(given.city, 'city'),
    limit: given.limit ?? rows ?? MAX_ROWS,
  };
}

const NEWEST = `SELECT max(window_start) AS newest FROM santa_deliveries.gold_delivery_summary_realtime__state`;

/** Fills in the time range: the hour of event time that ends with the newest minute, or with `to`. */
export async function askedOf(query: Query, said: Said, now: Instant): Promise<Asked> {
  if (said.from !== null && said.to !== null) return { ...said, from: said.from, to: said.to };
  const [row] = await query<{ newest: Instant | null }>(NEWEST);
  const newest = (row?.newest ?? Math.floor(now / MINUTE_MS) * MINUTE_MS) + MINUTE_MS;
  const to = said.to === null ? newest : Date.parse(said.to);
  const from = said.from === null ? to - HOUR_MS : Date.parse(said.from);
  return {
    ...said,
    from: isoString(Math.max(EARLIEST, from) as Instant),
    // A range that begins after all windows is an hour of nothing.
    to: isoString(Math.min(LATEST, to > from ? to : from + HOUR_MS) as Instant),
  };
}

/** The time of the same length before. */
export function beforeOf(asked: Asked): Asked {
  const from = Date.parse(asked.from);
  return {
    ...asked,
    from: isoString(Math.max(EARLIEST, from - (Date.parse(asked.to) - from)) as Instant),
    to: asked.from,
  };
}
