// Checked by the compiler: what the pipeline's users see of its rows, and what it refuses.
import {
  changeFeed,
  type EpochDay,
  files,
  type Instant,
  jsonLines,
  materializedView,
  positive,
  type Row,
  streamingTable,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import {
  type bronzeCustomers,
  bronzeOrders,
  type customerChanges,
  type dailySales,
  enrichedOrders,
  type lifetimeValue,
  ordersByCustomer,
  ordersClean,
  type quarantineOrders,
  silverCustomers,
  silverOrders,
} from './pipeline.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

ok<Equal<Row<typeof bronzeOrders>['amount'], number | null>>();
ok<Equal<Row<typeof bronzeOrders>['source_file'], string>>();
ok<Equal<Row<typeof bronzeCustomers>['customer_id'], number>>();
type Clean = Row<typeof ordersClean>;
ok<Equal<Clean['order_id'], string>>();
ok<Equal<Clean['amount'], number>>();
ok<Equal<Clean['status'], 'pending' | 'completed' | 'cancelled'>>();
ok<Equal<Clean['customer_id'], number | null>>();
ok<Equal<Clean['order_date'], Instant>>();
ok<Equal<Clean['updated_at'], Instant | null>>();
ok<Equal<Clean['changed_at'], Instant>>();
type Order = Row<typeof silverOrders>;
ok<Equal<keyof Order, 'order_id' | 'customer_id' | 'amount' | 'status' | 'order_date' | 'changed_at'>>();
ok<Equal<Row<typeof quarantineOrders>['broken_rules'], string>>();
ok<Equal<Row<typeof silverCustomers>['customer_id'], number>>();
type Change = Row<typeof customerChanges>;
ok<Equal<Change['_change_type'], 'insert' | 'update_preimage' | 'update_postimage' | 'delete'>>();
ok<Equal<Change['_commit_version'], number>>();
ok<Equal<Change['_commit_timestamp'], Instant>>();
ok<Equal<Row<typeof enrichedOrders>['region'], string | null>>();
ok<Equal<Row<typeof enrichedOrders>['amount'], number>>();
ok<Equal<Row<typeof dailySales>['date'], EpochDay>>();
ok<Equal<Row<typeof dailySales>['order_count'], number>>();
ok<Equal<Row<typeof dailySales>['total_sales'], number>>();
ok<Equal<Row<typeof lifetimeValue>['first_order_date'], Instant | null>>();
ok<Equal<Row<typeof ordersByCustomer>['customer_segment'], string | null>>();

const another = streamingTable('another').from(bronzeOrders);
// @ts-expect-error status is text until a rule has said what it may be, and text is not a number
another.expectOrDrop('valid_status', 'status', positive);
// @ts-expect-error a column that does not exist
another.expectOrDrop('valid_amount', 'amounts', positive);
// @ts-expect-error what was not judged may be null
another.derive((c) => ({ double: c.int((order) => order.amount * 2) }));
// @ts-expect-error a column that the row has already
another.derive((c) => ({ amount: c.int(() => 1) }));
streamingTable('x')
  .from(ordersClean)
  // @ts-expect-error the sequence is a column that there is
  .applyChanges({ keys: ['order_id'], sequenceBy: 'version' });
streamingTable('x')
  .from(ordersClean)
  // @ts-expect-error the key stays in the table
  .applyChanges({ keys: ['order_id'], sequenceBy: 'changed_at', except: ['order_id'] });
// @ts-expect-error the key of files is one of their columns
files('orders', { pattern: '*.json', format: jsonLines(row('Raw', { id: string() })), key: 'order_id' });
// @ts-expect-error only a table by key has a change feed
changeFeed('feed').from(ordersClean);
materializedView('totals')
  .from(ordersClean)
  // @ts-expect-error a relational view reads tables by key
  .leftJoin(silverCustomers, { on: 'customer_id', columns: ['region'] });
materializedView('totals')
  .from(silverOrders)
  .groupBy('status')
  // @ts-expect-error text is not added up
  .aggregate((a) => ({ total: a.sum('order_id') }));
// @ts-expect-error customers have no such column
enrichedOrders.leftJoin(silverCustomers, { on: 'customer_id', columns: ['phone'] });
// @ts-expect-error a group is of columns that there are
materializedView('totals').from(enrichedOrders).groupBy('country');
// @ts-expect-error a personal column that does not exist
ordersByCustomer.personal('phone');
