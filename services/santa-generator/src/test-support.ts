import { type Instant, instant } from '@medallion/core';
import type { Delivery } from './delivery.ts';
import { createGenerator, type GeneratedRecord } from './generator.ts';
import type { GeneratorOptions } from './options.ts';

/** Midnight on Kiritimati. */
export const CHRISTMAS: Instant = instant(Date.UTC(2025, 11, 24, 10));

/** All records of a bounded stream that starts at Christmas unless told otherwise. */
export const generate = (events: number, options: Partial<GeneratorOptions> = {}): GeneratedRecord[] =>
  createGenerator({ start: CHRISTMAS, events, ...options }).nextBatch(events);

/** The five expectations of the silver table, written down once more: the names of those that a value breaks. */
export function broken(value: Record<string, unknown>): string[] {
  const { delivery_id, timestamp, status, latitude, longitude, gift_count } = value;
  const within = (n: unknown, limit: number): boolean => typeof n === 'number' && n >= -limit && n <= limit;
  const rules: Record<string, boolean> = {
    valid_delivery_id: typeof delivery_id === 'string' && delivery_id !== '',
    valid_timestamp:
      typeof timestamp === 'string' &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(timestamp) &&
      !Number.isNaN(Date.parse(timestamp)),
    valid_status: ['en_route', 'delivered', 'delayed'].includes(status as string),
    valid_coordinates: within(latitude, 90) && within(longitude, 180),
    positive_gift_count: Number.isSafeInteger(gift_count) && (gift_count as number) > 0,
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

/** The object that a record's bytes hold. */
export const parse = (record: GeneratedRecord): Record<string, unknown> => JSON.parse(String(record.value));

/** Event time of a generated event in epoch milliseconds. */
export const timeOf = (event: Delivery): number => Date.parse(event.timestamp);
