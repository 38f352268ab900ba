import type { Fields } from './stream.ts';

/** The tables that the views of orders-streaming are made of. */
export type OrdersTables = { readonly orders: readonly Fields[]; readonly customers: readonly Fields[] };

const least = (values: readonly (number | string | null)[]): number => Math.min(...values.map(Number));
const grouped = (rows: readonly Fields[], name: string): (readonly [string | number | null, readonly Fields[]])[] => [
  ...Map.groupBy(rows, (row) => row[name]!),
];

/** The dimensions without their integers: the batch query over the tables, and the unknown member of each. */
export function dimensions({ orders, customers }: OrdersTables): Readonly<Record<string, readonly Fields[]>> {
  return {
    dim_customer: [...customers, { customer_id: null, customer_name: null, city: null, segment: null }],
    dim_product: [
      ...grouped(orders, 'product_id').map(([product_id, of]) => ({
        product_id,
        first_ordered_at: least(of.map(({ order_timestamp }) => order_timestamp!)),
      })),
      { product_id: null, first_ordered_at: null },
    ],
    dim_date: [
      ...grouped(orders, 'order_date').map(([order_date, of]) => {
        const day = new Date(Number(order_date) * 86_400_000);
        const parts = { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() };
        return { order_date, orders: of.length, ...parts };
      }),
      { order_date: null, orders: null, year: null, month: null, day: null },
    ],
  };
}

/** The column of each dimension that its integers stand for, and the one that they are in. */
export const DIMENSION_KEYS = [
  ['dim_customer', 'customer_id', 'customer_key'],
  ['dim_product', 'product_id', 'product_key'],
  ['dim_date', 'order_date', 'date_key'],
] as const;

/** The facts, with what their integers stand for: null of a customer who is not there (any more). */
export const facts = ({ orders, customers }: OrdersTables): readonly Fields[] =>
  orders.map((order) => ({
    ...order,
    dim_customer: customers.some(({ customer_id }) => customer_id === order.customer_id) ? order.customer_id! : null,
    dim_product: order.product_id!,
    dim_date: order.order_date!,
  }));
