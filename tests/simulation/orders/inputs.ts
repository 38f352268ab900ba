import type { Chance, InputFile, InputRecord, RecordsWanted } from '@medallion/testkit';
import { bursts, landing, orderRecord, type Sent, spoilt, withRepetitions } from '../draw.ts';

/** The topic of orders, and the folder of customers. */
export const ORDERS_TOPIC = 'source.orders';
export const CUSTOMERS_FOLDER = 'orders-streaming/customers';

const MORNING_MS = Date.UTC(2026, 11, 23, 23);
/** So that orders are of two days. */
const MINUTES = 120;
const ORDERS = 7;
/** Those of the snapshots; orders name one more, who is nobody. */
const CUSTOMERS = 4;
/** In some runs orders and customers come once more after so long, when all is calm: by then changes must be followed. */
const LATER_MS = [65_000, 80_000] as const;
const LATER = 0.15;

/** Orders as a topic brings them: each key in its partition, in bursts or one by one. */
export function drawOrders(chance: Chance, { count, partitions, withinMs }: RecordsWanted): readonly InputRecord[] {
  const sent = withRepetitions(
    chance,
    Array.from({ length: Math.ceil(count * 0.6) }, () => order(chance)),
  );
  const times = chance.happens(0.5)
    ? bursts(chance, sent.length, withinMs)
    : sent.map(() => chance.between(0, withinMs)).sort((a, b) => a - b);
  const later = chance.happens(LATER) ? chance.between(...LATER_MS) : 0;
  const isLater = (i: number): boolean => i >= sent.length * 0.8;
  return sent.map((value, i) => {
    const what = typeof value === 'string' ? 'unreadable' : `${value.order_id} of customer ${value.customer_id}`;
    const atMs = times[i]! + (isLater(i) ? later : 0);
    return orderRecord(chance, value, { atMs, topic: ORDERS_TOPIC, partitions, what });
  });
}

/**
 * Snapshots of all customers: in each some have come, some are gone and some are others. A new file each, or another one in the
 * place of the last; and no two rows that are alike, so that one tells of which snapshot it is.
 */
export function drawSnapshots(chance: Chance, { withinMs }: RecordsWanted): readonly InputFile[] {
  const count = chance.whole(1, 9);
  const times = Array.from({ length: count }, () => chance.between(0, withinMs)).sort((a, b) => a - b);
  if (chance.happens(LATER)) times[count - 1]! += chance.between(0, LATER_MS[1]);
  let known = new Map<number, Readonly<Record<string, unknown>>>();
  let name = 0;
  return times.flatMap((atMs, version) => {
    known = changed(chance, known, version);
    if (!chance.happens(0.3)) name++;
    return landing(chance, `${CUSTOMERS_FOLDER}/${String(name).padStart(3, '0')}.csv`, rowsOf(chance, known), atMs);
  });
}

function changed(
  chance: Chance,
  known: ReadonlyMap<number, Readonly<Record<string, unknown>>>,
  version: number,
): Map<number, Readonly<Record<string, unknown>>> {
  const next = new Map<number, Readonly<Record<string, unknown>>>();
  for (let id = 1; id <= CUSTOMERS; id++) {
    const before = known.get(id);
    const stays = before !== undefined && chance.happens(0.4);
    if (stays) next.set(id, before);
    else if (chance.happens(before === undefined ? 0.5 : 0.7))
      next.set(id, {
        customer_id: String(id),
        customer_name: `${chance.pick(['Ann', 'Bob', 'Cleo'])} ${version}`,
        city: chance.pick(['Oslo', 'Rome', null]),
        segment: chance.pick(['retail', 'trade', 'other', null]),
      });
  }
  return next;
}

/** The lines of a snapshot: mostly the customers; else one is spoilt, comes twice, or cannot be read, and then nothing counts. */
function rowsOf(chance: Chance, known: ReadonlyMap<number, Readonly<Record<string, unknown>>>): readonly Sent[] {
  const rows: Sent[] = [...known.values()];
  if (rows.length === 0 || !chance.happens(0.2)) return rows;
  const some = chance.pick([...known.values()]);
  const spoiler = chance.pick<Sent>([
    { ...some, customer_id: null },
    { ...some, customer_id: 'x' },
    { ...some, customer_name: 'Twice' },
    { ...some, customer_name: 'Twice' },
    '1,2,3',
  ]);
  return rows.toSpliced(chance.whole(0, rows.length), 0, spoiler);
}

function order(chance: Chance): Sent {
  const row = {
    order_id: `o${chance.whole(1, ORDERS)}`,
    customer_id: chance.whole(1, CUSTOMERS + 1),
    product_id: `p${chance.whole(1, 3)}`,
    order_timestamp: new Date(MORNING_MS + chance.whole(0, MINUTES) * 60_000).toISOString(),
    order_status: chance.pick(['pending', 'completed', 'cancelled']),
    quantity: chance.whole(1, 3),
    amount: chance.whole(1, 10_000) / 100,
  };
  return spoilt(chance, row, [
    { order_id: '' },
    { order_id: null },
    { customer_id: null },
    { customer_id: 'seven' },
    { product_id: null },
    { order_timestamp: 'yesterday' },
    { order_status: 'lost' },
    { quantity: 0 },
    { amount: -0.01 },
    { amount: null },
    { colour: 'red' },
    'no JSON',
  ]);
}
