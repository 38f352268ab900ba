import type { Look } from '@medallion/testkit';
import type { Placed } from './placed.ts';

/** What of a topic's records gold has processed, by its leases. */
export function belowLease<T extends Pick<Placed, 'partition' | 'offset'>>(
  { database }: Pick<Look, 'database'>,
  topic: string,
  made: readonly T[],
): readonly T[] {
  const next = new Map(database.leases.map((lease) => [`${lease.topic} ${lease.partition}`, lease.next]));
  return made.filter(({ partition, offset }) => offset < (next.get(`${topic} ${partition}`) ?? 0));
}
