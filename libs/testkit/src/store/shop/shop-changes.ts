import type { KeyedChange } from '@medallion/runtime';
import fc from 'fast-check';

/** Changes of the shop's tables, as a commit has them. */
export type ShopChanges = ReadonlyMap<string, readonly KeyedChange[]>;

const DAY = 86_400_000;
const START = 1_798_135_200_000;

const customerId = fc.integer({ min: 1, max: 5 });
const region = fc.constantFrom('Europe', 'Asia', null, '');

const customerChange: fc.Arbitrary<KeyedChange> = fc
  .record({
    customer_id: customerId,
    name: fc.constantFrom('Ann', 'Bob', null),
    region,
    gone: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ gone, ...row }) => ({ key: [row.customer_id], row: gone === 0 ? null : row }));

const addressChange: fc.Arbitrary<KeyedChange> = fc
  .record({
    customer_id: customerId,
    city: fc.constantFrom('Oslo', 'Kyoto', null),
    __START_AT: fc.integer({ min: 0, max: 3 }).map((day) => START + day * DAY),
    closed: fc.boolean(),
    gone: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ gone, closed, ...row }) => ({
    key: [row.customer_id, row.__START_AT],
    row: gone === 0 ? null : { ...row, __END_AT: closed ? row.__START_AT + DAY : null },
  }));

const orderChange: fc.Arbitrary<KeyedChange> = fc
  .record({
    order_id: fc.integer({ min: 1, max: 8 }),
    customer_id: fc.option(customerId, { freq: 6 }),
    product_id: fc.option(fc.constantFrom('sled', 'bell', ''), { freq: 6 }),
    status: fc.constantFrom('pending', 'completed', 'completed', 'cancelled', null),
    amount: fc.option(
      fc.integer({ min: -500, max: 100_000 }).map((cents) => cents / 100),
      { freq: 6 },
    ),
    ordered_at: fc.option(
      fc.integer({ min: 0, max: 3 }).map((day) => START + day * DAY),
      { freq: 6 },
    ),
    gone: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ gone, ...row }) => ({ key: [row.order_id], row: gone === 0 ? null : row }));

/** What one commit may change: tables in any order, keys several times. */
export const shopChanges: fc.Arbitrary<ShopChanges> = fc
  .record({
    orders: fc.array(orderChange, { maxLength: 6 }),
    customers: fc.array(customerChange, { maxLength: 3 }),
    addresses: fc.array(addressChange, { maxLength: 3 }),
  })
  .map((changes) => new Map(Object.entries(changes)));
