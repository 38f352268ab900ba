import type { Deliveries, Delivery } from '../api/contract.ts';

/** So many of the latest are kept to be filtered: what is older is in the tables. */
export const KEPT = 400;

/** The latest with those that came, newest first, each once. */
export function mergeDeliveries(shown: Deliveries, message: unknown): Deliveries {
  const news = message as Deliveries;
  const known = new Set(shown.deliveries.map((delivery) => delivery.id));
  const added = news.deliveries.filter((delivery) => !known.has(delivery.id));
  if (added.length === 0) return shown;
  const deliveries = [...added, ...shown.deliveries]
    .sort((a, b) => (a.arrivedAt < b.arrivedAt ? 1 : a.arrivedAt > b.arrivedAt ? -1 : 0))
    .slice(0, KEPT);
  return { deliveries, skipped: news.skipped };
}

/** What the stream is narrowed to; empty is all. */
export type StreamFilter = {
  readonly region: string;
  readonly status: string;
  readonly giftType: string;
  readonly text: string;
};

/** Those of the deliveries that fit. */
export function filterDeliveries(deliveries: readonly Delivery[], filter: StreamFilter): readonly Delivery[] {
  const text = filter.text.trim().toLowerCase();
  const has = (part: string | null): boolean => part?.toLowerCase().includes(text) ?? false;
  return deliveries.filter(
    (each) =>
      (filter.region === '' || each.region === filter.region) &&
      (filter.status === '' || each.status === filter.status) &&
      (filter.giftType === '' || each.giftType === filter.giftType) &&
      (text === '' || has(each.city) || has(each.country) || has(each.deliveryId) || has(each.weather)),
  );
}

/** What a column of the deliveries holds, each once and in order. */
export const choices = (deliveries: readonly Delivery[], column: 'region' | 'status' | 'giftType'): readonly string[] =>
  [...new Set(deliveries.map((delivery) => delivery[column]))].filter((value) => value !== null).sort();
