import { isoString } from '@medallion/core';
import type { Query } from '@medallion/postgres';
import type { RecordLog } from '@medallion/runtime';
import { readingsOfLeases, unread } from '@medallion/runtime';
import type { Lease } from '../contract/index.ts';
import { type HeldLease, heldLeases } from './control-facts.ts';
import { inTime } from './deadline.ts';

/** The log has so long to say how far it goes; without it the leases are shown without their lags. */
const PATIENCE_MS = 1_800;

/** Who holds which lease of a pipeline, and what waits for it. Throws MED_STORE_UNAVAILABLE. */
export async function leasesOf(
  query: Query,
  pipeline: string,
  log: Pick<RecordLog, 'partitions'> | null,
): Promise<Lease[]> {
  const leases = await heldLeases(query, pipeline);
  const lags = log === null ? null : await inTime(PATIENCE_MS, lagsOf(log, leases), () => null).catch(() => null);
  return leases.map((lease) => ({
    topic: lease.topic,
    partition: lease.partition,
    epoch: lease.epoch,
    nextOffset: lease.next,
    lag: lags?.get(placeOf(lease)) ?? null,
    watermark: lease.watermark === null ? null : isoString(lease.watermark),
    idle: lease.idle,
    owner: lease.owner,
    updatedAt: isoString(lease.updatedAt),
  }));
}

type Place = Pick<HeldLease, 'topic' | 'partition'>;
const placeOf = ({ topic, partition }: Place): string => `${topic}[${partition}]`;

async function lagsOf(
  log: Pick<RecordLog, 'partitions'>,
  leases: readonly HeldLease[],
): Promise<ReadonlyMap<string, number>> {
  const topics = Map.groupBy(leases, ({ topic }) => topic);
  const each = await Promise.all(
    [...topics].map(([topic, those]) =>
      readingsOfLeases(log, topic, new Map(those.map(({ partition, next }) => [partition, next]))),
    ),
  );
  return new Map(each.flatMap((readings) => (readings ?? []).map((reading) => [placeOf(reading), unread(reading)])));
}
