// Checked by the compiler: what the pipeline's users see of its rows, and what it refuses.
import { type EpochDay, type Instant, materializedView, positive, type Row, streamingTable } from '@medallion/pipeline';
import {
  type bronzeCustomers,
  type bronzeOrders,
  itemsClean,
  type orderItems,
  type orderSummary,
  ordersClean,
  type salesByMonth,
  type salesByState,
  type silverAddresses,
  silverCustomers,
  silverOrders,
  topProducts,
} from './pipeline.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

ok<Equal<Row<typeof bronzeCustomers>['updated_at'], string | null>>();
ok<Equal<NonNullable<Row<typeof bronzeOrders>['items']>[number]['unit_price'], number | null>>();
ok<Equal<Row<typeof ordersClean>['order_timestamp'], Instant>>();
type Item = Row<typeof itemsClean>;
ok<Equal<Item['item_number'], number>>();
ok<Equal<Item['product_id'], string>>();
ok<Equal<Item['product_name'], string | null>>();
ok<Equal<Item['quantity'], number>>();
ok<Equal<'items' extends keyof Item ? true : false, false>>();
ok<Equal<keyof Row<typeof orderItems>, keyof Item>>();
ok<Equal<Row<typeof silverAddresses>['is_orphan'], boolean>>();
ok<Equal<Row<typeof silverOrders>['is_orphan'], boolean>>();
ok<Equal<'found_customer_id' extends keyof Row<typeof silverOrders> ? true : false, false>>();
ok<Equal<Row<typeof orderSummary>['total_orders'], number>>();
ok<Equal<Row<typeof orderSummary>['state'], string | null>>();
ok<Equal<Row<typeof salesByState>['state'], string | null>>();
ok<Equal<Row<typeof salesByMonth>['month'], EpochDay>>();
ok<Equal<Row<typeof topProducts>['total_sales'], number>>();

const another = streamingTable('another').from(ordersClean);
// @ts-expect-error only a list is exploded
another.explode('status');
// @ts-expect-error the rows would have two columns of that name
another.explode('items', { position: 'order_id' });
// @ts-expect-error a column of the items is there once they are exploded
another.expectOrQuarantine('valid_quantity', 'quantity', positive);
// @ts-expect-error a list has no order: nothing is later by it
another.applyChanges({ keys: ['order_id'], sequenceBy: 'items' });
// @ts-expect-error the list is gone once it is exploded
streamingTable('x').from(itemsClean).omit('items');
materializedView('x')
  .from(silverOrders)
  // @ts-expect-error a column that is there already
  .derive((c) => ({ is_orphan: c.boolean('true') }));
materializedView('x')
  .from(silverOrders)
  // @ts-expect-error customers have no address
  .leftJoin(silverCustomers, { on: 'customer_id', columns: ['street'] });
// @ts-expect-error products have no such column
topProducts.storage({ clusterBy: ['total_orders', 'rank'] });
