import type { Fields } from './stream.ts';

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
