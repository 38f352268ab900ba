import type { Chance, InputFile, InputRecord, RecordsWanted } from '@medallion/testkit';
import { bursts, landing, orderRecord, type Sent, spoilt, withRepetitions } from '../draw.ts';

/** The topic of orders, and the folders of the others. */
export const ORDERS_TOPIC = 'lakeflow.orders';
export const CUSTOMERS_FOLDER = 'lakeflow-customers/customers';
export const ADDRESSES_FOLDER = 'lakeflow-customers/addresses';

const MORNING_MS = Date.UTC(2026, 11, 24, 10);
const minuteOf = (minute: number): string => new Date(MORNING_MS + minute * 60_000).toISOString();

/** Few keys that change often, in any order, so that every late change is late for something. */
const MINUTES = 25;
const CUSTOMERS = 4;
const ORDERS = 7;
/** No index of Postgres takes a key of so many letters that are chance. */
const LONG_KEY = 3_000;
/** Of orders, where some have such a key. */
const REFUSED_SHARE = 0.1;

/** Changes of orders, as a topic brings them: each key in its partition, in bursts. */
export function drawOrders(chance: Chance, { count, partitions, withinMs }: RecordsWanted): readonly InputRecord[] {
  const longId = chance.happens(0.3) ? longText(chance) : null;
  const sent = withRepetitions(
    chance,
    Array.from({ length: Math.ceil(count / 2) }, () => {
      const drawn = order(chance);
      return longId !== null && chance.happens(REFUSED_SHARE) ? refused(drawn, longId) : drawn;
    }),
  );
  const atMs = bursts(chance, sent.length, withinMs);
  return sent.map((value, i) =>
    orderRecord(chance, value, { atMs: atMs[i]!, topic: ORDERS_TOPIC, partitions, what: describe(value) }),
  );
}

/** Changes of customers and addresses, as files that land; some are seen while they are still being written. */
export function drawFiles(chance: Chance, { count, withinMs }: RecordsWanted): readonly InputFile[] {
  const ofCustomers = filesOf(chance, Math.ceil(count / 5), () => customer(chance));
  const ofAddresses = filesOf(chance, Math.ceil(count / 3), () => address(chance));
  const somewhen = (): number => chance.between(0, withinMs);
  return [
    ...ofCustomers.flatMap((rows, i) => landing(chance, `${CUSTOMERS_FOLDER}/${nameOf(i)}.json`, rows, somewhen())),
    ...ofAddresses.flatMap((rows, i) => landing(chance, `${ADDRESSES_FOLDER}/${nameOf(i)}.csv`, rows, somewhen())),
  ];
}

const nameOf = (i: number): string => String(i).padStart(3, '0');

function filesOf(chance: Chance, count: number, draw: () => Sent): readonly (readonly Sent[])[] {
  const rows = withRepetitions(chance, Array.from({ length: count }, draw));
  const files: Sent[][] = [];
  for (let at = 0; at < rows.length; ) {
    const size = chance.whole(1, 8);
    files.push(rows.slice(at, at + size));
    at += size;
  }
  return files;
}

const change = (chance: Chance): Readonly<Record<string, unknown>> => ({
  operation: chance.happens(0.2) ? 'DELETE' : 'UPSERT',
  changed_at: minuteOf(chance.whole(0, MINUTES)),
});

function customer(chance: Chance): Sent {
  const row = {
    customer_id: chance.whole(1, CUSTOMERS),
    customer_name: chance.pick(['Ann', 'Bob', 'Cleo']),
    email: chance.pick(['a@example.org', 'b@example.org']),
    segment: chance.pick(['retail', 'trade', null]),
    ...change(chance),
  };
  const faults = [
    { customer_id: null },
    { customer_id: 'seven' },
    { customer_name: '  ' },
    { email: 'nobody' },
    { changed_at: 'yesterday' },
    { colour: 'red' },
    '{"customer_id": 1',
  ];
  return spoilt(chance, row, faults);
}

function address(chance: Chance): Sent {
  const row = {
    customer_id: String(chance.whole(1, CUSTOMERS)),
    address_line: '1 Main St',
    city: chance.pick(['Oslo', 'Rome']),
    state: 'OS',
    zip_code: chance.pick(['01234', '01234', '56789']),
    ...change(chance),
  };
  const faults = [
    { customer_id: 'x' },
    { customer_id: null },
    { city: null },
    { zip_code: '12' },
    { changed_at: '24 December' },
    '1,2,3',
  ];
  return spoilt(chance, row, faults);
}

function order(chance: Chance): Sent {
  const row = {
    order_id: `o${chance.whole(1, ORDERS)}`,
    // One of them is nobody's.
    customer_id: chance.whole(1, CUSTOMERS + 1),
    item_count: chance.whole(1, 3),
    order_amount: chance.whole(1, 10_000) / 100,
    order_status: chance.pick(['open', 'paid']),
    ...change(chance),
  };
  const faults = [
    { order_id: '' },
    { order_id: null },
    { customer_id: null },
    { order_amount: 0 },
    { order_amount: -0.01 },
    { item_count: 0 },
    { item_count: null },
    { changed_at: null },
    { colour: 'red' },
    'no JSON',
  ];
  return spoilt(chance, row, faults);
}

const longText = (chance: Chance): string =>
  Array.from({ length: LONG_KEY }, () => String.fromCharCode(chance.whole(97, 122))).join('');

/** The same order under an id that Postgres refuses. A delete finds no such row, and is none. */
const refused = (order: Sent, order_id: string): Sent =>
  typeof order === 'string' ? order : { ...order, order_id, operation: 'UPSERT' };

const describe = (value: Sent): string =>
  typeof value === 'string'
    ? 'unreadable'
    : `${String(value.order_id).slice(0, 9)} ${String(value.operation)} at ${String(value.changed_at)}`;
