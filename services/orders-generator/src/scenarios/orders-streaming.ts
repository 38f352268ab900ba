import { csvFile } from '../files.ts';
import { createRandom, type Random } from '../random.ts';
import { Kinds, type LandedFile, type Scenario, stepsOf, type TopicRecord } from '../scenario.ts';
import { type Customer, iso, money, moved, newCustomer, PRODUCTS, padded, promoted } from '../world.ts';

const TOPIC = 'source.orders';
const FOLDER = 'orders-streaming/customers';
const CUSTOMERS = 40;
/** Orders may come from customers with numbers up to here: some of them arrive with a later snapshot, some never. */
const KNOWN_TO_ORDERS = 48;
/** A new snapshot of the customers comes every so many steps. */
const SNAPSHOT_EVERY = 3;
const MOST_OPEN = 500;
const MOST_CUSTOMERS = 500;

type Order = {
  readonly order_id: string;
  readonly customer_id: number | null;
  readonly product_id: string;
  readonly order_timestamp: string;
  readonly order_status: string;
  readonly quantity: number;
  readonly amount: number;
};

/**
 * Orders as events of a topic: each is pending first, and most are completed or cancelled later. The customers are a
 * snapshot, a CSV file with all of them, that is replaced by a newer one now and then.
 */
export const ordersStreaming: Scenario = function* (options) {
  const random = createRandom(options.seed);
  const customers = new Map(Array.from({ length: CUSTOMERS }, (_, i) => [i + 1, newCustomer(random, i + 1)] as const));
  const open: Order[] = [];
  const recent: TopicRecord[] = [];
  let orders = 0;
  let snapshots = 0;
  let step = 0;
  for (const { from, to } of stepsOf(options)) {
    const kinds = new Kinds();
    const files: LandedFile[] = [];
    if (step % SNAPSHOT_EVERY === 0) {
      if (step > 0) liveOn(random, customers);
      files.push(snapshotFile(++snapshots, [...customers.values()]));
      kinds.add('customer', customers.size);
    }
    const records: TopicRecord[] = [];
    for (let n = from; n < to; n++) {
      const at = options.startMs + n * options.spacingMs;
      const last = recent.at(random.whole(-8, -1));
      if (last && random.chance(0.02)) {
        records.push(last);
        kinds.add('duplicate');
        continue;
      }
      const advance = open.length > 8 && random.chance(0.45);
      const order = advance
        ? nextStatus(random, open, at)
        : newOrder(random, `O-${options.run}${padded(++orders)}`, at);
      if (!advance) open.push(order);
      if (open.length > MOST_OPEN) open.shift();
      const bad = random.chance(options.badShare) ? random.pick(FAULTS) : null;
      const value = Buffer.from(bad === null ? JSON.stringify(order) : bad.damage(order));
      const record = { topic: TOPIC, key: order.order_id, value };
      records.push(record);
      if (bad === null) recent.push(record);
      if (recent.length > 20) recent.shift();
      kinds.add(bad?.kind ?? order.order_status);
    }
    step++;
    yield { files, records, kinds: kinds.counts };
  }
};

function newOrder(random: Random, order_id: string, at: number): Order {
  const product = random.pick(PRODUCTS);
  const quantity = random.whole(1, 5);
  return {
    order_id,
    customer_id: random.chance(0.02) ? null : random.whole(1, KNOWN_TO_ORDERS),
    product_id: product.product_id,
    order_timestamp: iso(at),
    order_status: 'pending',
    quantity,
    amount: money(product.cents * quantity),
  };
}

/** One of the oldest open orders is decided; some of the decisions were told out of order, so that they seem older. */
function nextStatus(random: Random, open: Order[], at: number): Order {
  const [order] = open.splice(random.whole(0, 5), 1);
  const decided = Math.max(Date.parse(order!.order_timestamp) + 1, at - (random.chance(0.1) ? 600_000 : 0));
  return { ...order!, order_timestamp: iso(decided), order_status: random.chance(0.85) ? 'completed' : 'cancelled' };
}

/** What happens to the customers from one snapshot to the next: some move, are promoted, leave; three more come. */
function liveOn(random: Random, customers: Map<number, Customer>): void {
  for (const customer of [...customers.values()]) {
    const fate = random.uniform();
    if (fate < 0.1) customers.set(customer.customer_id, moved(random, customer));
    else if (fate < 0.2) customers.set(customer.customer_id, promoted(random, customer));
    else if (fate < 0.23) customers.delete(customer.customer_id);
  }
  const next = Math.max(...customers.keys()) + 1;
  for (let id = next; id < next + 3 && id <= MOST_CUSTOMERS; id++) customers.set(id, newCustomer(random, id));
}

const snapshotFile = (n: number, customers: readonly Customer[]): LandedFile =>
  csvFile(
    FOLDER,
    n,
    ['customer_id', 'customer_name', 'city', 'segment'],
    customers.map(({ customer_id, customer_name, segment, place }) => ({
      ...{ customer_id, customer_name, city: place.city, segment },
    })),
  );

/** What can be wrong with an order, and the bytes that say so. */
const FAULTS: readonly { readonly kind: string; readonly damage: (order: Order) => string }[] = [
  { kind: 'no_order_id', damage: (order) => JSON.stringify({ ...order, order_id: null }) },
  { kind: 'negative_amount', damage: (order) => JSON.stringify({ ...order, amount: -order.amount }) },
  { kind: 'zero_quantity', damage: (order) => JSON.stringify({ ...order, quantity: 0 }) },
  { kind: 'bad_timestamp', damage: (order) => JSON.stringify({ ...order, order_timestamp: 'yesterday' }) },
  { kind: 'unknown_status', damage: (order) => JSON.stringify({ ...order, order_status: 'lost' }) },
  { kind: 'amount_as_text', damage: (order) => JSON.stringify({ ...order, amount: 'a lot', order_status: null }) },
  { kind: 'unparseable', damage: (order) => JSON.stringify(order).slice(0, -8) },
  { kind: 'extra_field', damage: (order) => JSON.stringify({ ...order, gift_wrap: true }) },
];
