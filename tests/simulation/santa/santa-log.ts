import type { Look, SimCluster } from '@medallion/testkit';
import type { RawRecord } from '../../oracle/raw-delivery.ts';
import { RAW_TOPIC } from '../../support/raw-topic.ts';
import { BRONZE_QUARANTINE, BRONZE_TOPIC, SILVER_QUARANTINE, SILVER_TOPIC } from '../../support/topology.ts';
import { type FirstOf, firstOf } from '../first-of.ts';

/** What a flow has made of its input, as readers take it. */
export type Made = { readonly rows: FirstOf; readonly traces: FirstOf };

/** What stands in the topics of the pipeline, removed records included. */
export type SantaLog = {
  readonly raw: readonly RawRecord[];
  /** By the place of the raw record. */
  readonly bronze: Made;
  /** By the place of the row of bronze. */
  readonly silver: Made;
  /** A place in bronze's topic as that of the raw record it came from. */
  readonly inRaw: (of: FirstOf) => FirstOf;
};

/** All that was ever appended; null while there is no topic of bronze yet. */
export function readSantaLog(cluster: SimCluster): SantaLog | null {
  if (cluster.topic(BRONZE_TOPIC) === undefined) return null;
  const bronze = { rows: firstOf(cluster, BRONZE_TOPIC), traces: firstOf(cluster, BRONZE_QUARANTINE) };
  const rawOf = new Map([...bronze.rows].map(([place, offset]) => [`${partitionOf(place)}:${offset}`, place]));
  return {
    raw: rawRecords(cluster),
    bronze,
    silver: { rows: firstOf(cluster, SILVER_TOPIC), traces: firstOf(cluster, SILVER_QUARANTINE) },
    inRaw: (of) => new Map([...of].map(([place, offset]) => [rawOf.get(place) ?? `? ${place}`, offset])),
  };
}

/** What the world outside sent. */
export const rawRecords = (cluster: SimCluster): readonly RawRecord[] =>
  (cluster.topic(RAW_TOPIC) ?? []).flatMap((log, partition) =>
    log.archive.map(({ offset, key, value }): RawRecord => ({ partition, offset, key, value })),
  );

/** What of it gold has processed, by its leases. */
export function belowLeases({ bronze, silver }: SantaLog, { database }: Look): Pick<SantaLog, 'bronze' | 'silver'> {
  const next = new Map(database.leases.map((lease) => [`${lease.topic} ${lease.partition}`, lease.next]));
  const below = (topic: string, of: FirstOf): FirstOf =>
    new Map([...of].filter(([place, offset]) => offset < (next.get(`${topic} ${partitionOf(place)}`) ?? 0)));
  return {
    bronze: { rows: below(BRONZE_TOPIC, bronze.rows), traces: below(BRONZE_QUARANTINE, bronze.traces) },
    silver: { rows: below(SILVER_TOPIC, silver.rows), traces: below(SILVER_QUARANTINE, silver.traces) },
  };
}

/** The partition of a place. */
export const partitionOf = (place: string): number => Number(place.split(':')[0]);
