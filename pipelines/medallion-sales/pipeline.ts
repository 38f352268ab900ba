import {
  changeFeed,
  days,
  files,
  isoInstant,
  jsonLines,
  materializedView,
  nonEmpty,
  notNull,
  oneOf,
  orNull,
  parquet,
  pipeline,
  positive,
  REJECTED,
  type Row,
  snapshot,
  streamingTable,
} from '@medallion/pipeline';
import { decimal, long, row, string } from '@medallion/schema';

const RawOrder = row('RawOrder', {
  order_id: string('an order is told of again when it changes'),
  customer_id: long(),
  amount: decimal(10, 2),
  status: string('pending, completed or cancelled'),
  order_date: string('when it was ordered, ISO-8601'),
  updated_at: string('when it took this state, ISO-8601; where it is missing, when it landed counts'),
});

const RawCustomer = row('RawCustomer', {
  customer_id: long(),
  customer_name: string(),
  email: string(),
  customer_segment: string(),
  region: string(),
});

// Bronze: what landed.

export const bronzeOrders = streamingTable('bronze_orders')
  .comment('Orders as they landed')
  .from(files('medallion-sales/orders', { pattern: '*.json', format: jsonLines(RawOrder), key: 'order_id' }))
  .identifies('customer', 'customer_id');

export const bronzeCustomers = streamingTable('bronze_customers')
  .comment('The customers of the newest file')
  .from(
    snapshot('medallion-sales/customers', {
      pattern: '*.parquet',
      format: parquet(RawCustomer),
      keys: ['customer_id'],
    }),
  )
  .identifies('customer', 'customer_id')
  .personal('customer_name', 'email');

// Silver: valid orders, one row each, with their customers as they are now.

export const ordersClean = streamingTable('silver_orders_clean')
  .comment('Valid orders, as they come')
  .from(bronzeOrders)
  .expectOrDrop('valid_order_id', 'order_id', nonEmpty)
  .expectOrDrop('valid_amount', 'amount', positive)
  .expectOrFail('valid_status', 'status', oneOf('pending', 'completed', 'cancelled'))
  .expect('valid_customer', 'customer_id', notNull)
  .expectOrQuarantine('valid_order_date', 'order_date', isoInstant)
  .expectOrQuarantine('valid_updated_at', 'updated_at', orNull(isoInstant))
  .derive((c) => ({ changed_at: c.timestamp((order) => order.updated_at ?? order.ingestion_timestamp) }));

export const silverOrders = streamingTable('silver_orders')
  .comment('Valid orders, one row each')
  .from(ordersClean)
  .applyChanges({
    keys: ['order_id'],
    sequenceBy: 'changed_at',
    except: ['updated_at', '_rescued_data', 'ingestion_timestamp', 'ingestion_date', 'source_file', 'source_row'],
  });

type Judged = Row<typeof bronzeOrders>;

/** The rules of silver_orders_clean that drop an order, by name, and its others: what an order broke of them. */
const dropRules: Readonly<Record<string, (order: Judged) => boolean>> = {
  valid_order_id: (o) => o.order_id !== null && o.order_id !== '',
  valid_amount: (o) => o.amount !== null && o.amount > 0,
};
const otherRules: Readonly<Record<string, (order: Judged) => boolean>> = {
  valid_status: (o) => o.status !== null && ['pending', 'completed', 'cancelled'].includes(o.status),
  valid_customer: (o) => o.customer_id !== null,
  valid_order_date: (o) => o.order_date !== null && isoInstant.accept(o.order_date) !== REJECTED,
  valid_updated_at: (o) => o.updated_at === null || isoInstant.accept(o.updated_at) !== REJECTED,
};
const broken = (rules: typeof dropRules, order: Judged): readonly string[] =>
  Object.keys(rules).filter((name) => rules[name]?.(order) !== true);

export const quarantineOrders = streamingTable('quarantine_orders')
  .comment('Orders that broke a rule at which they are dropped, with the names of all rules that they broke')
  .from(bronzeOrders)
  .where('breaks a rule that drops', (order) => broken(dropRules, order).length > 0)
  .derive((c) => ({ broken_rules: c.string((order) => broken({ ...dropRules, ...otherRules }, order).join(', ')) }))
  .queryable({ partitionBy: 'ingestion_date', retention: days(365) });

export const silverCustomers = materializedView('silver_customers')
  .comment('Customers as they are now')
  .from(bronzeCustomers)
  .layer('silver')
  .personal('customer_name', 'email');

export const customerChanges = changeFeed('customer_changes')
  .comment('Every change of a customer since the first')
  .from(silverCustomers);

export const enrichedOrders = materializedView('silver_orders_enriched')
  .comment('Orders with their customers as they are now')
  .from(silverOrders)
  .layer('silver')
  .leftJoin(silverCustomers, { on: 'customer_id', columns: ['customer_name', 'customer_segment', 'region'] })
  .personal('customer_name');

// Gold: what was sold, over completed orders.

export const dailySales = materializedView('gold_daily_sales')
  .comment('Completed orders of each day and region')
  .from(enrichedOrders)
  .where("status = 'completed'")
  .derive((c) => ({ date: c.date('CAST(order_date AS DATE)') }))
  .groupBy('date', 'region')
  .aggregate((a) => ({
    order_count: a.count(),
    total_sales: a.sum('amount'),
    avg_order_value: a.avg('amount'),
    unique_customers: a.countDistinct('customer_id'),
  }));

export const lifetimeValue = materializedView('gold_customer_lifetime_value')
  .comment('What each customer has bought so far, in completed orders')
  .from(enrichedOrders)
  .where("status = 'completed' AND customer_id IS NOT NULL")
  .groupBy('customer_id')
  .aggregate((a) => ({
    total_orders: a.count(),
    lifetime_value: a.sum('amount'),
    first_order_date: a.min('order_date'),
    last_order_date: a.max('order_date'),
    avg_order_value: a.avg('amount'),
  }));

export const ordersByCustomer = materializedView('gold_orders_by_customer')
  .comment('Completed orders, found fast by customer and time')
  .from(enrichedOrders)
  .where("status = 'completed'")
  .storage({ clusterBy: ['customer_id', 'order_date'] })
  .personal('customer_name');

export default pipeline('medallion-sales', {
  schema: 'medallion_sales',
  mode: 'continuous',
  development: false,
  workers: { min: 1, max: 4 },
  tables: [
    ...[bronzeOrders, bronzeCustomers],
    ...[ordersClean, silverOrders, quarantineOrders, silverCustomers, customerChanges, enrichedOrders],
    ...[dailySales, lifetimeValue, ordersByCustomer],
  ],
});
