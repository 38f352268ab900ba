import { jsonLinesFile, type ParquetColumn, parquetFile } from '../files.ts';
import { createRandom, type Random } from '../random.ts';
import { Kinds, type LandedFile, type Scenario, stepsOf } from '../scenario.ts';
import { type Customer, iso, money, moved, newCustomer, padded, promoted } from '../world.ts';

const ORDERS = 'medallion-sales/orders';
const CUSTOMERS = 'medallion-sales/customers';
const FIRST_CUSTOMERS = 30;
/** Orders may come from customers with numbers up to here; some of them arrive later, some never. */
const KNOWN_TO_ORDERS = 36;
const SNAPSHOT_EVERY = 2;
/** Orders that may still change. */
const REMEMBERED = 200;
const MOST_CUSTOMERS = 500;
const COLUMNS: readonly ParquetColumn[] = [
  { name: 'customer_id', type: 'INT64' },
  { name: 'customer_name', type: 'STRING' },
  { name: 'email', type: 'STRING' },
  { name: 'customer_segment', type: 'STRING' },
  { name: 'region', type: 'STRING' },
];

type Order = {
  readonly order_id: string;
  readonly customer_id: number | null;
  readonly amount: number;
  readonly status: string;
  readonly order_date: string;
  /** When the order took this state: of two states of an order the later one counts. */
  readonly updated_at: string;
};

/**
 * Orders as JSON lines in a folder that keeps growing: an order comes again when it changes. The customers are Parquet
 * files with all of them, the newest of which counts.
 */
export const medallionSales: Scenario = function* (options) {
  const random = createRandom(options.seed);
  const customers = new Map(
    Array.from({ length: FIRST_CUSTOMERS }, (_, i) => [i + 1, newCustomer(random, i + 1)] as const),
  );
  const known: Order[] = [];
  let orders = 0;
  let snapshots = 0;
  let step = 0;
  for (const { from, to } of stepsOf(options)) {
    const kinds = new Kinds();
    const files: LandedFile[] = [];
    if (step % SNAPSHOT_EVERY === 0) {
      if (step > 0) liveOn(random, customers);
      files.push(parquetFile(CUSTOMERS, ++snapshots, COLUMNS, [...customers.values()].map(asRow)));
      kinds.add('customer', customers.size);
    }
    const lines: (Order | string)[] = [];
    for (let n = from; n < to; n++) {
      const at = options.startMs + n * options.spacingMs;
      if (n === options.failAt) {
        lines.push(
          JSON.stringify({ ...newOrder(random, `S-${options.run}${padded(++orders)}`, at), status: 'misplaced' }),
        );
        kinds.add('unknown_status');
      } else if (known.length > 5 && random.chance(0.4)) {
        const [kind, order] = changed(random, known, at);
        lines.push(order);
        kinds.add(kind);
      } else {
        const order = newOrder(random, `S-${options.run}${padded(++orders)}`, at);
        const bad = random.chance(options.badShare) ? random.pick(FAULTS) : null;
        if (bad === null) known.push(order);
        if (known.length > REMEMBERED) known.shift();
        lines.push(bad === null ? order : bad.damage(order));
        kinds.add(bad?.kind ?? order.status);
      }
    }
    files.push(jsonLinesFile(ORDERS, ++step, lines));
    yield { files, records: [], kinds: kinds.counts };
  }
};

const asRow = ({ customer_id, customer_name, email, segment, place }: Customer) => ({
  ...{ customer_id, customer_name, email, customer_segment: segment, region: place.region },
});

function newOrder(random: Random, order_id: string, at: number): Order {
  return {
    order_id,
    customer_id: random.whole(1, KNOWN_TO_ORDERS),
    amount: money(random.whole(100, 50_000)),
    status: random.chance(0.5) ? 'completed' : 'pending',
    order_date: iso(at),
    updated_at: iso(at),
  };
}

/** A later state of a known order, or one that was told before: repeated, or older than what is known. */
function changed(random: Random, known: Order[], at: number): [kind: string, order: Order] {
  const index = random.whole(Math.max(0, known.length - 40), known.length - 1);
  const order = known[index]!;
  if (random.chance(0.15)) return ['repeated', order];
  if (random.chance(0.1)) {
    const updated = iso(Date.parse(order.order_date) - 1);
    return ['out_of_order', { ...order, status: 'pending', amount: 1, updated_at: updated }];
  }
  const status = random.chance(0.75) ? 'completed' : 'cancelled';
  const amount = random.chance(0.3) ? money(random.whole(100, 50_000)) : order.amount;
  const next = { ...order, status, amount, updated_at: iso(at) };
  known[index] = next;
  return ['changed', next];
}

/** Customers move to another region, are promoted, leave; three more come. */
function liveOn(random: Random, customers: Map<number, Customer>): void {
  for (const customer of [...customers.values()]) {
    const fate = random.uniform();
    if (fate < 0.15) customers.set(customer.customer_id, moved(random, customer));
    else if (fate < 0.25) customers.set(customer.customer_id, promoted(random, customer));
    else if (fate < 0.3) customers.delete(customer.customer_id);
  }
  const next = Math.max(...customers.keys()) + 1;
  for (let id = next; id < next + 3 && id <= MOST_CUSTOMERS; id++) customers.set(id, newCustomer(random, id));
}

const FAULTS: readonly { readonly kind: string; readonly damage: (order: Order) => string }[] = [
  { kind: 'no_order_id', damage: (order) => JSON.stringify({ ...order, order_id: null }) },
  { kind: 'zero_amount', damage: (order) => JSON.stringify({ ...order, amount: 0 }) },
  { kind: 'no_amount', damage: ({ amount: _, ...order }) => JSON.stringify(order) },
  { kind: 'no_id_negative_amount', damage: (order) => JSON.stringify({ ...order, order_id: null, amount: -1.5 }) },
  { kind: 'amount_as_text', damage: (order) => JSON.stringify({ ...order, amount: 'twelve' }) },
  { kind: 'no_customer', damage: (order) => JSON.stringify({ ...order, customer_id: null }) },
  { kind: 'extra_field', damage: (order) => JSON.stringify({ ...order, coupon: { code: 'X1' } }) },
  { kind: 'unparseable', damage: (order) => `${JSON.stringify(order).slice(0, -5)}` },
];
