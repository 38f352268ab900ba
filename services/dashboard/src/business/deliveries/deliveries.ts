import type { Query } from '@medallion/postgres';
import type { Delivery, Row } from '../../contract/index.ts';
import { FLAGSHIP } from '../flagship.ts';
import { pageReading, readPage } from '../tables/page.ts';
import type { ReadTable } from '../tables/read-table.ts';

/** The events as they arrived: a copy of the topic's last days. */
export const ARRIVED = 'bronze_santa_deliveries';

/** What somebody wants to see alone. */
export type DeliveryFilter = {
  readonly region?: string | undefined;
  readonly status?: string | undefined;
  readonly gift_type?: string | undefined;
  readonly city?: string | undefined;
};

/** The newest events, newest first. @throws MED_REQUEST_INVALID */
export async function newestDeliveries(
  query: Query,
  table: ReadTable,
  filter: DeliveryFilter,
  limit: number,
): Promise<Delivery[]> {
  const filters = Object.entries(filter).flatMap(([column, value]) =>
    value === undefined || value === '' ? [] : [`${column}:eq:${value}`],
  );
  const { rows } = await readPage(query, FLAGSHIP, table, pageReading(table, { limit, filters }), limit);
  return rows.map(deliveryOf);
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const deliveryOf = (row: Row): Delivery => ({
  id: `${row.source_partition}:${row.source_offset}`,
  deliveryId: text(row.delivery_id),
  at: text(row.timestamp),
  arrivedAt: String(row.ingestion_timestamp),
  city: text(row.city),
  country: text(row.country),
  region: text(row.region),
  giftType: text(row.gift_type),
  gifts: typeof row.gift_count === 'number' ? row.gift_count : null,
  status: text(row.status),
  weather: text(row.weather),
});

const ACCEPTED = `SELECT coalesce(sum(records), 0)::bigint AS accepted FROM medallion.table_counts
WHERE pipeline = $1 AND table_name = $2 AND outcome = 'accepted'`;

/** How many events have arrived since the start: counted in the transactions that stored them. */
export async function arrived(query: Query): Promise<number> {
  const [row] = await query<{ accepted: number }>(ACCEPTED, [FLAGSHIP, ARRIVED]);
  return row!.accepted;
}
