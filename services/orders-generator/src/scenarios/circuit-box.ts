import { csvFile, jsonLinesFile } from '../files.ts';
import { createRandom, type Random } from '../random.ts';
import { Kinds, type Scenario, stepsOf } from '../scenario.ts';
import { iso, money, newCustomer, PRODUCTS, padded } from '../world.ts';

const ROOT = 'circuit-box';
const FIRST_CUSTOMERS = 20;
const MORE_CUSTOMERS = 5;
const ADDRESS_COLUMNS = ['customer_id', 'street', 'city', 'state', 'zip_code', 'updated_at'] as const;

type Row = Readonly<Record<string, unknown>>;

/**
 * A shop whose customers, addresses and orders land as files, each with only what was added since the last. Some
 * addresses and orders come a file or two before their customer; some customers never come.
 */
export const circuitBox: Scenario = function* (options) {
  const random = createRandom(options.seed);
  let customers = 0;
  let step = 0;
  let late: Row[] = [];
  for (const { from, to } of stepsOf(options)) {
    const kinds = new Kinds();
    const at = options.startMs + from * options.spacingMs;
    const people: Row[] = late;
    const addresses: Row[] = [];
    late = [];
    for (let i = 0; i < (step === 0 ? FIRST_CUSTOMERS : MORE_CUSTOMERS); i++) {
      const { customer_id, customer_name, email, place, street } = newCustomer(random, ++customers);
      const updated_at = iso(at + i);
      const person = { customer_id, customer_name, email, updated_at };
      const address = { customer_id, street, city: place.city, state: place.state, zip_code: place.zip, updated_at };
      const fate = random.uniform();
      if (fate < 0.12) late.push(person);
      else if (fate > 0.15) people.push(person); // the others never come
      if (random.chance(0.92)) addresses.push(address);
    }
    kinds.add('customer', people.length);
    kinds.add('address', addresses.length);
    const orders: (Row | string)[] = [];
    for (let n = from; n < to; n++) {
      const order = newOrder(
        random,
        `C-${options.run}${padded(n + 1)}`,
        customers,
        options.startMs + n * options.spacingMs,
      );
      const bad = random.chance(options.badShare) ? random.pick(FAULTS) : null;
      orders.push(bad === null ? order : bad.damage(order));
      kinds.add(bad?.kind ?? 'order');
    }
    step++;
    if (random.chance(options.badShare * 2)) {
      people.push({ customer_id: null, customer_name: 'Nobody', email: null, updated_at: iso(at) });
      addresses.push({
        customer_id: null,
        street: 'Nowhere 1',
        city: 'Boston',
        state: 'MA',
        zip_code: '',
        updated_at: iso(at),
      });
      kinds.add('no_customer_id', 2);
    }
    const files = [
      jsonLinesFile(`${ROOT}/customers`, step, people),
      csvFile(`${ROOT}/addresses`, step, ADDRESS_COLUMNS, addresses),
      jsonLinesFile(`${ROOT}/orders`, step, orders),
    ];
    yield { files, records: [], kinds: kinds.counts };
  }
};

function newOrder(random: Random, order_id: string, customers: number, at: number): Row {
  const items = Array.from({ length: random.chance(0.03) ? 0 : random.whole(1, 4) }, () => {
    const { product_id, product_name, cents } = random.pick(PRODUCTS);
    return { product_id, product_name, quantity: random.whole(1, 5), unit_price: money(cents) };
  });
  return {
    order_id,
    customer_id: random.whole(1, customers + (random.chance(0.05) ? 500 : 3)),
    order_timestamp: iso(at),
    status: random.pick(['placed', 'paid', 'shipped']),
    items,
  };
}

const FAULTS: readonly { readonly kind: string; readonly damage: (order: Row) => Row | string }[] = [
  { kind: 'no_order_id', damage: (order) => ({ ...order, order_id: null }) },
  { kind: 'no_customer', damage: (order) => ({ ...order, customer_id: null }) },
  { kind: 'bad_timestamp', damage: (order) => ({ ...order, order_timestamp: '2025-13-45' }) },
  { kind: 'extra_field', damage: (order) => ({ ...order, channel: 'web' }) },
  { kind: 'unparseable', damage: (order) => JSON.stringify(order).slice(0, -12) },
];
