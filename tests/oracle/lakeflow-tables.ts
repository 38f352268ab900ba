import { type ChangeByKey, history, overwritten } from './changes-by-key.ts';
import type { Fields, Stream } from './lakeflow-streams.ts';

/** An index takes no key that is much longer. */
const LONGEST_KEY = 2_700;

/** Whether Postgres takes a row of these keys. */
export const isStorable = (key: string): boolean => Buffer.byteLength(key) <= LONGEST_KEY;

/** The rows of a table by key that these changes make. */
export function rowsOf({ storedAs, tracked }: Stream, changes: readonly ChangeByKey<Fields>[]): readonly Fields[] {
  const storable = changes.filter(({ key }) => isStorable(key));
  if (storedAs === 1) return overwritten(storable);
  return history(storable, (a, b) => tracked.every((name) => a[name] === b[name])).map(({ row, from, to }) => ({
    ...row,
    __START_AT: from,
    __END_AT: to,
  }));
}

const CUSTOMER = ['customer_name', 'email', 'segment'] as const;
const ADDRESS = ['address_line', 'city', 'state', 'zip_code'] as const;

/** The columns that a row of gold_customer_orders is known by. */
export const CUSTOMER_ORDERS_KEY: readonly string[] = ['customer_id', ...CUSTOMER, ...ADDRESS];

const cents = (amount: string | number | null | undefined): number => Math.round(Number(amount) * 100);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const picked = (row: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, row[name] ?? null]));

/** The rows of gold_customer_orders: the batch query over the three tables. */
export function customerOrders(tables: Readonly<Record<'orders' | 'customers' | 'addresses', readonly Fields[]>>) {
  return [...Map.groupBy(tables.orders, ({ customer_id }) => customer_id)].flatMap(
    ([id, placed]): readonly Fields[] => {
      const customer = tables.customers.find(({ customer_id }) => customer_id === id);
      const address = tables.addresses.find((row) => row.customer_id === id && row.__END_AT === null);
      if (customer === undefined || address === undefined) return [];
      return [
        {
          customer_id: id!,
          ...picked(customer, CUSTOMER),
          ...picked(address, ADDRESS),
          total_orders: placed.length,
          total_items_order: sum(placed.map(({ item_count }) => Number(item_count ?? 0))),
          total_order_amount: sum(placed.map(({ order_amount }) => cents(order_amount))) / 100,
        },
      ];
    },
  );
}
