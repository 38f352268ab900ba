import {
  drops,
  type Fields,
  instantOf,
  isFilled,
  isPositive,
  isThere,
  number,
  type Stream,
  text,
  warns,
} from './stream.ts';

const DAY_MS = 86_400_000;
const STATUSES = ['pending', 'completed', 'cancelled'];
const dayOf = (instant: number): number => Math.floor(instant / DAY_MS);

/** The columns of silver_orders that are the order's own, as they are in it. */
export function orderOf(fields: Fields): Fields {
  const at = instantOf(fields.order_timestamp)!;
  return { ...fields, order_timestamp: at, order_date: dayOf(at) };
}

/** Orders of orders-streaming, from what came to one row an order. */
export const orderStream: Stream = {
  bronze: 'order_stream',
  clean: 'silver_orders',
  table: 'orders_current',
  storedAs: 1,
  keys: ['order_id'],
  columns: [
    ...['order_id', 'customer_id', 'product_id', 'order_timestamp', 'order_status', 'quantity', 'amount'],
    'order_date',
  ],
  tracked: [],
  partitionedBy: 'order_id',
  leftOutAs: 'violation',
  rules: [
    drops('valid_order_id', isFilled('order_id')),
    drops('valid_product_id', isFilled('product_id')),
    drops('valid_order_timestamp', ({ order_timestamp }) => instantOf(order_timestamp) !== null),
    drops('valid_order_status', ({ order_status }) => STATUSES.includes(String(order_status))),
    drops('positive_quantity', isPositive('quantity')),
    drops('positive_amount', isPositive('amount')),
    warns('known_customer', isThere('customer_id')),
  ],
  read: ({ order_id, customer_id, product_id, order_timestamp, order_status, quantity, amount }) => ({
    order_id: text(order_id),
    customer_id: number(customer_id),
    product_id: text(product_id),
    order_timestamp: text(order_timestamp),
    order_status: text(order_status),
    quantity: number(quantity),
    amount: number(amount),
  }),
  asked: (fields) => {
    const row = orderOf(fields);
    return { sequence: Number(row.order_timestamp), row, isDelete: false };
  },
};
