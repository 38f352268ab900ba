import {
  csv,
  days,
  epochDay,
  isoInstant,
  json,
  materializedView,
  nonEmpty,
  notNull,
  oneOf,
  pipeline,
  positive,
  snapshot,
  sql,
  streamingTable,
  topic,
  view,
} from '@medallion/pipeline';
import { decimal, int, long, row, string } from '@medallion/schema';

const RawOrder = row('RawOrder', {
  order_id: string('an order is told of again when its status changes'),
  customer_id: long(),
  product_id: string(),
  order_timestamp: string('when the order took this status, ISO-8601'),
  order_status: string('pending, completed or cancelled'),
  quantity: int(),
  amount: decimal(12, 2),
});

const RawCustomer = row('RawCustomer', {
  customer_id: long(),
  customer_name: string(),
  city: string(),
  segment: string(),
});

// Bronze: what arrived.

export const orderStream = streamingTable('order_stream')
  .comment('Orders as they arrived')
  .from(topic('source.orders', { format: json(RawOrder), key: 'order_id' }))
  .identifies('customer', 'customer_id')
  .retention(days(14))
  .storage({ cleanup: 'delete' });

export const customers = streamingTable('customer_mv')
  .comment('The customers of the newest snapshot')
  .from(snapshot('orders-streaming/customers', { pattern: '*.csv', format: csv(RawCustomer), keys: ['customer_id'] }))
  .identifies('customer', 'customer_id');

// Silver: valid orders with what is known of their customer when they come.

export const silverOrders = streamingTable('silver_orders')
  .comment('Valid orders with their customers')
  .from(orderStream)
  .expectOrQuarantine('valid_order_id', 'order_id', nonEmpty)
  .expectOrQuarantine('valid_product_id', 'product_id', nonEmpty)
  .expectOrQuarantine('valid_order_timestamp', 'order_timestamp', isoInstant)
  .expectOrQuarantine('valid_order_status', 'order_status', oneOf('pending', 'completed', 'cancelled'))
  .expectOrQuarantine('positive_quantity', 'quantity', positive)
  .expectOrQuarantine('positive_amount', 'amount', positive)
  .expect('known_customer', 'customer_id', notNull)
  .derive((c) => ({ order_date: c.date((order) => epochDay(order.order_timestamp)) }))
  .join(customers, { type: 'left', on: 'customer_id', columns: ['customer_name', 'city', 'segment'] })
  .omit('_rescued_data', 'source_topic', 'source_partition', 'source_offset');

export const pendingOrders = view('pending_orders')
  .comment('Orders that wait')
  .from(silverOrders)
  .where(sql("order_status = 'pending'"));

export const completedOrders = view('completed_orders')
  .comment('Orders that are done')
  .from(silverOrders)
  .where(sql("order_status = 'completed'"));

export const filteredOrders = streamingTable('filtered_orders_append')
  .comment('Orders that wait or are done, each flow with progress and counts of its own')
  .appendFlow('pending', pendingOrders)
  .appendFlow('completed', completedOrders);

export const currentOrders = streamingTable('orders_current')
  .comment('One row an order: its latest status')
  .from(silverOrders)
  .applyChanges({
    keys: ['order_id'],
    sequenceBy: 'order_timestamp',
    except: ['customer_name', 'city', 'segment', 'ingestion_timestamp', 'ingestion_date'],
  });

// Gold: all that happened to orders that matter, and facts with their dimensions.

export const appendOrders = streamingTable('append_orders_stream')
  .comment('Pending and completed orders, in one append-only table')
  .from(filteredOrders)
  .layer('gold')
  .retention(days(30))
  .queryable({ partitionBy: 'ingestion_date', retention: days(365) })
  .storage({ cleanup: 'delete', fillfactor: 100, autovacuum: { vacuum_insert_scale_factor: 0.05 } });

export const dimCustomer = materializedView('dim_customer')
  .comment('Customers; 0 is the unknown one')
  .from(customers)
  .surrogateKey('customer_key');

export const dimProduct = materializedView('dim_product')
  .comment('Products that were ordered; 0 is the unknown one')
  .from(currentOrders)
  .groupBy('product_id')
  .aggregate((a) => ({ first_ordered_at: a.min('order_timestamp') }))
  .surrogateKey('product_key');

export const dimDate = materializedView('dim_date')
  .comment('Days with orders; 0 is the unknown one')
  .from(currentOrders)
  .groupBy('order_date')
  .aggregate((a) => ({ orders: a.count() }))
  .derive((c) => ({
    year: c.int('EXTRACT(YEAR FROM order_date)'),
    month: c.int('EXTRACT(MONTH FROM order_date)'),
    day: c.int('EXTRACT(DAY FROM order_date)'),
  }))
  .surrogateKey('date_key');

export const factOrders = materializedView('fact_orders')
  .comment('One row an order with its latest status; unknown dimensions are repaired when they arrive')
  .from(currentOrders)
  .leftJoin(dimCustomer, { on: 'customer_id', columns: ['customer_key'], otherwise: { customer_key: 0 } })
  .leftJoin(dimDate, { on: 'order_date', columns: ['date_key'], otherwise: { date_key: 0 } })
  .leftJoin(dimProduct, { on: 'product_id', columns: ['product_key'], otherwise: { product_key: 0 } })
  .storage({ clusterBy: ['customer_key'], fillfactor: 80, autovacuum: { vacuum_scale_factor: 0.02 } });

export default pipeline('orders-streaming', {
  tables: [
    ...[orderStream, customers],
    ...[silverOrders, pendingOrders, completedOrders, filteredOrders, currentOrders],
    ...[appendOrders, dimCustomer, dimProduct, dimDate, factOrders],
  ],
});
