// Checked by the compiler: what the pipeline's users see of its rows, and what it refuses.
import {
  csv,
  type EpochDay,
  type Instant,
  json,
  materializedView,
  minutes,
  notNull,
  type Row,
  snapshot,
  streamingTable,
  topic,
  tumbling,
} from '@medallion/pipeline';
import { long, row, string } from '@medallion/schema';
import {
  completedOrders,
  currentOrders,
  customers,
  dimCustomer,
  type dimDate,
  type dimProduct,
  factOrders,
  type filteredOrders,
  type orderStream,
  type pendingOrders,
  silverOrders,
} from './pipeline.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

type Order = Row<typeof silverOrders>;
ok<Equal<Row<typeof orderStream>['amount'], number | null>>();
ok<Equal<Row<typeof orderStream>['order_timestamp'], string | null>>();
ok<Equal<Row<typeof customers>['customer_id'], number>>();
ok<Equal<Row<typeof customers>['city'], string | null>>();
ok<Equal<Order['order_id'], string>>();
ok<Equal<Order['order_timestamp'], Instant>>();
ok<Equal<Order['order_status'], 'pending' | 'completed' | 'cancelled'>>();
ok<Equal<Order['quantity'], number>>();
// A warning narrows nothing, and a left join may find nobody.
ok<Equal<Order['customer_id'], number | null>>();
ok<Equal<Order['customer_name'], string | null>>();
ok<Equal<Order['order_date'], EpochDay>>();
ok<Equal<Row<typeof pendingOrders>, Order>>();
ok<Equal<Row<typeof completedOrders>, Order>>();
ok<Equal<Row<typeof filteredOrders>, Order>>();
ok<Equal<'city' extends keyof Row<typeof currentOrders> ? true : false, false>>();
ok<Equal<Row<typeof currentOrders>['order_id'], string>>();
ok<Equal<Row<typeof dimCustomer>['customer_key'], number>>();
// The unknown member has nothing but its key.
ok<Equal<Row<typeof dimCustomer>['customer_id'], number | null>>();
ok<Equal<Row<typeof dimProduct>['first_ordered_at'], Instant | null>>();
ok<Equal<Row<typeof dimDate>['year'], number | null>>();
ok<Equal<Row<typeof factOrders>['customer_key'], number>>();
ok<Equal<Row<typeof factOrders>['order_date'], EpochDay>>();

const another = streamingTable('another').from(silverOrders);
// @ts-expect-error a status that does not exist
another.where('is shipped', (order) => order.order_status === 'shipped');
// @ts-expect-error a column that was left out
another.expect('has_offset', 'source_offset', notNull);
// @ts-expect-error a column that the customers do not have
another.join(customers, { type: 'left', on: 'customer_id', columns: ['email'] });
// @ts-expect-error a column that the row has already
another.join(customers, { type: 'left', on: 'customer_id', columns: ['city'] });
// @ts-expect-error the key of the customers is customer_id
another.join(customers, { type: 'left', on: 'order_id', columns: [] });
// @ts-expect-error which column says what came later is not told
another.applyChanges({ keys: ['order_id'] });
// @ts-expect-error a key that does not exist
another.applyChanges({ keys: ['order'], sequenceBy: 'order_timestamp' });
// @ts-expect-error a snapshot has keys
snapshot('customers', { pattern: '*.csv', format: csv(row('R', { id: string() })) });
// @ts-expect-error the key of a topic is one of its columns
topic('orders', { format: json(row('Raw', { id: string(), n: long() })), key: 'order_id' });
materializedView('per_minute')
  .from(silverOrders)
  // @ts-expect-error windows need an event time
  .windowedBy(tumbling(minutes(1)));
streamingTable('fed')
  .appendFlow('all', completedOrders)
  // @ts-expect-error flows of one table bring the same columns
  .appendFlow('customers', streamingTable('c').from(topic('t', { format: json(row('R', { a: string() })), key: 'a' })));
materializedView('facts')
  .from(currentOrders)
  // @ts-expect-error a dimension is joined by its whole key
  .leftJoin(dimCustomer, { on: 'order_id', columns: ['customer_key'] });
materializedView('facts')
  .from(currentOrders)
  // @ts-expect-error what stands in for the key is a number
  .leftJoin(dimCustomer, { on: 'customer_id', columns: ['customer_key'], otherwise: { customer_key: 'none' } });
// @ts-expect-error a column that facts do not have
factOrders.storage({ clusterBy: ['city'] });
