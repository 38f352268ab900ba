import { csvFile, jsonLinesFile } from '../files.ts';
import { createRandom, type Random } from '../random.ts';
import { Kinds, type LandedFile, type Scenario, stepsOf, type TopicRecord } from '../scenario.ts';
import { type Customer, iso, money, moved, newCustomer, padded } from '../world.ts';

const CUSTOMERS = 'lakeflow-customers/customers';
const ADDRESSES = 'lakeflow-customers/addresses';
const TOPIC = 'lakeflow.orders';
const FIRST_CUSTOMERS = 20;
const MOST_CUSTOMERS = 1_000;
/** Orders that may still change. */
const REMEMBERED = 100;
const ADDRESS_COLUMNS = [
  'customer_id',
  'address_line',
  'city',
  'state',
  'zip_code',
  'operation',
  'changed_at',
] as const;

type Change = Readonly<Record<string, unknown>> & { readonly operation: string; readonly changed_at: string };

/**
 * Changes of customers (JSON lines), addresses (CSV) and orders (a topic of JSON): inserts, updates and deletes, each
 * with its time. Some are told twice, some after a later one.
 */
export const lakeflowCustomers: Scenario = function* (options) {
  const random = createRandom(options.seed);
  const customers = new Map<number, Customer>();
  const orders = new Map<string, Change>();
  const rising = risingClock();
  const streams = { customers: new Disorder(random), addresses: new Disorder(random), orders: new Disorder(random) };
  const memory: Record<'c' | 'a' | 'o', Told<Change | string>> = {
    c: new WeakMap(),
    a: new WeakMap(),
    o: new WeakMap(),
  };
  let lastOrder = 0;
  let step = 0;
  for (const { from, to } of stepsOf(options)) {
    const kinds = new Kinds();
    const at = options.startMs + from * options.spacingMs;
    const newborn = step === 0 ? FIRST_CUSTOMERS : Math.min(4, MOST_CUSTOMERS - customers.size);
    const now = rising(at);
    for (let i = 0; i < newborn; i++) {
      const customer = newCustomer(random, customers.size + 1);
      customers.set(customer.customer_id, customer);
      streams.customers.tell(customerChange(customer, 'UPSERT', now()));
      if (random.chance(0.9)) streams.addresses.tell(addressChange(customer, 'UPSERT', now()));
    }
    for (const customer of [...customers.values()]) {
      if (step > 0 && random.chance(0.15)) {
        const next = random.chance(0.2) ? customer : moved(random, customer); // the same address again is no new version
        customers.set(next.customer_id, next);
        streams.addresses.tell(addressChange(next, 'UPSERT', now()));
      }
      if (step > 0 && random.chance(0.1)) {
        const email = `new${step}.${customer.email.replace(/^new\d+\./, '')}`;
        const next = { ...(customers.get(customer.customer_id) ?? customer), email };
        customers.set(next.customer_id, next);
        streams.customers.tell(customerChange(next, 'UPSERT', now()));
      }
      if (step > 0 && random.chance(0.03)) streams.customers.tell(customerChange(customer, 'DELETE', now()));
      if (step > 0 && random.chance(0.03)) streams.addresses.tell(addressChange(customer, 'DELETE', now()));
    }
    for (let n = from; n < to; n++) {
      const ordered = options.startMs + n * options.spacingMs;
      const old = orders.size > 3 && random.chance(0.35) ? random.pick([...orders.values()].slice(-30)) : null;
      const order =
        old === null
          ? newOrder(random, `L-${options.run}${padded(++lastOrder)}`, customers.size, ordered)
          : changedOrder(random, old, ordered);
      orders.set(String(order.order_id), order);
      for (const id of orders.keys()) if (orders.size > REMEMBERED) orders.delete(id);
      streams.orders.tell(order);
    }
    step++;
    const how = { share: options.badShare, kinds };
    const told = { c: streams.customers.take(kinds), a: streams.addresses.take(kinds), o: streams.orders.take(kinds) };
    const files: LandedFile[] = [
      jsonLinesFile(CUSTOMERS, step, damaged(random, told.c, { ...how, told: memory.c }, CUSTOMER_FAULTS)),
      csvFile(ADDRESSES, step, ADDRESS_COLUMNS, rowsOf(damaged(random, told.a, { ...how, told: memory.a }, inColumns))),
    ];
    const values = damaged(random, told.o, { ...how, told: memory.o }, ORDER_FAULTS);
    const records = told.o.map(({ order_id }, i): TopicRecord => {
      const value = values[i]!;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return { topic: TOPIC, key: String(order_id), value: Buffer.from(text) };
    });
    yield { files, records, kinds: kinds.counts };
  }
};

/** Times from a given one on, no two of them the same, so that of two changes one is always the later. */
function risingClock(): (fromMs: number) => () => number {
  let last = 0;
  return (fromMs) => () => {
    last = Math.max(last + 1, fromMs);
    return last;
  };
}

/** Changes on their way: some are held back until the next step, some are told twice. */
class Disorder {
  readonly #random: Random;
  #now: Change[] = [];
  #held: Change[] = [];
  constructor(random: Random) {
    this.#random = random;
  }
  tell(change: Change): void {
    (this.#random.chance(0.1) ? this.#held : this.#now).push(change);
    if (this.#random.chance(0.07)) this.#now.push(change);
  }
  /** What is told in this step; changes held back before come after newer ones. */
  take(kinds: Kinds): readonly Change[] {
    const told = this.#now;
    for (const change of told) kinds.add(change.operation === 'DELETE' ? 'delete' : 'upsert');
    this.#now = this.#held;
    this.#held = [];
    return told;
  }
}

const customerChange = (c: Customer, operation: string, at: number): Change => ({
  customer_id: c.customer_id,
  customer_name: c.customer_name,
  email: c.email,
  segment: c.segment,
  operation,
  changed_at: iso(at),
});

const addressChange = ({ customer_id, place, street }: Customer, operation: string, at: number): Change => ({
  customer_id,
  address_line: street,
  city: place.city,
  state: place.state,
  zip_code: place.zip,
  operation,
  changed_at: iso(at),
});

const newOrder = (random: Random, order_id: string, customers: number, at: number): Change => ({
  order_id,
  customer_id: random.whole(1, customers + 2),
  item_count: random.whole(1, 9),
  order_amount: money(random.whole(500, 80_000)),
  order_status: 'placed',
  operation: 'UPSERT',
  changed_at: iso(at),
});

function changedOrder(random: Random, order: Change, at: number): Change {
  const changed_at = iso(Math.max(at, Date.parse(order.changed_at) + 1));
  if (random.chance(0.15)) return { ...order, operation: 'DELETE', changed_at };
  const order_status = random.pick(['shipped', 'delivered', 'returned']);
  return { ...order, operation: 'UPSERT', order_status, item_count: random.whole(1, 9), changed_at };
}

type Fault = { readonly kind: string; readonly damage: (change: Change) => string };

const CUSTOMER_FAULTS: readonly Fault[] = [
  { kind: 'customer_without_id', damage: (c) => JSON.stringify({ ...c, customer_id: null }) },
  { kind: 'customer_without_name', damage: (c) => JSON.stringify({ ...c, customer_name: '' }) },
  { kind: 'customer_without_email', damage: (c) => JSON.stringify({ ...c, email: null }) },
  { kind: 'customer_unparseable', damage: (c) => JSON.stringify(c).slice(0, 30) },
];
const ORDER_FAULTS: readonly Fault[] = [
  { kind: 'order_without_customer', damage: (o) => JSON.stringify({ ...o, customer_id: null }) },
  { kind: 'order_negative', damage: (o) => JSON.stringify({ ...o, order_amount: -5 }) },
  { kind: 'order_no_items', damage: (o) => JSON.stringify({ ...o, item_count: 0 }) },
  { kind: 'order_bad_time', damage: (o) => JSON.stringify({ ...o, changed_at: 'soon' }) },
  { kind: 'order_unparseable', damage: (o) => JSON.stringify(o).slice(0, -3) },
];

/** What each change is told as: told again, it is told the same way. */
type Told<T> = WeakMap<Change, T>;

/** The changes, some of them with a fault. */
function damaged(
  random: Random,
  changes: readonly Change[],
  { share, kinds, told }: { readonly share: number; readonly kinds: Kinds; readonly told: Told<Change | string> },
  faults: readonly Fault[],
): readonly (Change | string)[] {
  return changes.map((change): Change | string => {
    const before = told.get(change);
    if (before !== undefined) return before;
    const fault = random.chance(share) ? random.pick(faults) : null;
    if (fault !== null) kinds.add(fault.kind);
    const now = fault === null ? change : fault.damage(change);
    told.set(change, now);
    return now;
  });
}

/** What can be wrong with a row of a CSV file. */
const ADDRESS_FAULTS: readonly (readonly [kind: string, columns: Readonly<Record<string, unknown>>])[] = [
  ['address_without_customer', { customer_id: null }],
  ['address_customer_no_number', { customer_id: 'n/a' }],
  ['address_without_city', { city: null }],
  ['address_bad_zip', { zip_code: 'unknown' }],
];
const inColumns = ADDRESS_FAULTS.map(([kind, columns]) => ({
  kind,
  damage: (change: Change) => JSON.stringify({ ...change, ...columns }),
}));

/** Rows of which some are JSON text, all as rows. */
const rowsOf = (rows: readonly (Change | string)[]): readonly Change[] =>
  rows.map((row) => (typeof row === 'string' ? (JSON.parse(row) as Change) : row));
