// Checked by the compiler: materialized views without windows, and change feeds.
import type { EpochDay, Instant } from '@medallion/core';
import { decimal, long, row, string, timestamp } from '@medallion/schema';
import { changeFeed, json, materializedView, type Row, streamingTable, topic } from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

const Customer = row('Customer', { customer_id: long(), name: string(), region: string(), changed_at: timestamp() });
const rawCustomers = streamingTable('raw_customers').from(topic('c', { format: json(Customer), key: 'customer_id' }));
const changes = streamingTable('customers').from(rawCustomers).select('customer_id', 'name', 'region', 'changed_at');
const customers = changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at' });
const history = changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', storedAs: 2 });
const Order = row('Order', {
  order_id: string(),
  customer_id: long(),
  amount: decimal(10, 2),
  status: string(),
  ordered_at: timestamp(),
});
const orders = streamingTable('orders')
  .from(streamingTable('raw_orders').from(topic('o', { format: json(Order), key: 'order_id' })))
  .select('order_id', 'customer_id', 'amount', 'status', 'ordered_at')
  .applyChanges({ keys: ['order_id'], sequenceBy: 'ordered_at' });

const from = materializedView('gold').from(orders);
ok<Equal<Row<typeof from>, Row<typeof orders>>>();

// Joins.
const enriched = from
  .leftJoin(customers, {
    on: 'customer_id',
    columns: { name: 'customer_name', region: 'region', changed_at: 'known_since' },
    otherwise: { customer_name: 'unknown' },
  })
  .where("status = 'completed'");
ok<Equal<Row<typeof enriched>['region'], string | null>>();
ok<Equal<Row<typeof enriched>['known_since'], Instant | null>>();
ok<Equal<Row<typeof enriched>['order_id'], string>>();
const inner = from.innerJoin(history, { on: { customer_id: 'customer_id' }, columns: ['changed_at', 'region'] });
ok<Equal<Row<typeof inner>['changed_at'], Instant>>();
ok<Equal<Row<typeof inner>['region'], string | null>>();
// @ts-expect-error the key is customer_id
from.leftJoin(customers, { on: 'order_id', columns: ['name'] });
// @ts-expect-error the view has no such column
from.leftJoin(customers, { on: { buyer: 'customer_id' }, columns: ['name'] });
// @ts-expect-error the table has no such column
from.leftJoin(customers, { on: 'customer_id', columns: ['email'] });
// @ts-expect-error the view has a column of that name
from.leftJoin(customers, { on: 'customer_id', columns: ['customer_id'] });
// @ts-expect-error what stands in for a name is a text
from.leftJoin(customers, { on: 'customer_id', columns: ['name'], otherwise: { name: 5 } });
// @ts-expect-error streams have no keys
from.leftJoin(rawCustomers, { on: 'customer_id', columns: ['name'] });

// Computed columns.
const derived = enriched.derive((c) => ({
  ordered_on: c.date('cast(ordered_at as date)'),
  doubled: c.nullable.decimal(11, 2, 'amount + amount'),
}));
ok<Equal<Row<typeof derived>['ordered_on'], EpochDay>>();
ok<Equal<Row<typeof derived>['doubled'], number | null>>();
// @ts-expect-error the column exists already
from.derive((c) => ({ status: c.string("'x'") }));
// @ts-expect-error rows are computed in SQL here
from.derive((c) => ({ x: c.string((d: { status: string }) => d.status) }));
const few = derived.select('ordered_on', 'order_id');
ok<Equal<Row<typeof few>, { readonly ordered_on: EpochDay; readonly order_id: string }>>();
// @ts-expect-error the key identifies the rows
from.omit('order_id');

// Groups.
const daily = derived
  .groupBy('ordered_on', 'region')
  .aggregate((a) => ({
    orders: a.count(),
    big: a.count('amount > 100'),
    total: a.sum('amount'),
    mean: a.avg('amount', "region <> 'x'"),
    last: a.max('ordered_at'),
    buyers: a.countDistinct('customer_id'),
  }))
  .derive((c) => ({ each: c.nullable.double('total / orders') }));
ok<
  Equal<
    Row<typeof daily>,
    {
      readonly ordered_on: EpochDay;
      readonly region: string | null;
      readonly orders: number;
      readonly big: number;
      readonly total: number;
      readonly mean: number | null;
      readonly last: Instant | null;
      readonly buyers: number;
      readonly each: number | null;
    }
  >
>();
ok<Equal<(typeof daily)['$key'], 'ordered_on' | 'region'>>();
// @ts-expect-error no such column
derived.groupBy('regoin');
// @ts-expect-error at least one column makes groups
derived.groupBy();
// @ts-expect-error region is not numeric
derived.groupBy('status').aggregate((a) => ({ x: a.sum('region') }));
// @ts-expect-error the group has a column of that name
derived.groupBy('status').aggregate((a) => ({ status: a.count() }));
// @ts-expect-error conditions are in SQL
derived.groupBy('status').aggregate((a) => ({ x: a.count((d) => d.amount > 1) }));

// Surrogate keys.
const dimension = materializedView('dim').from(customers).surrogateKey('customer_key');
ok<Equal<Row<typeof dimension>['customer_key'], number>>();
ok<Equal<Row<typeof dimension>['customer_id'], number | null>>();
const fact = from.leftJoin(dimension, {
  on: 'customer_id',
  columns: ['customer_key'],
  otherwise: { customer_key: 0 },
});
ok<Equal<Row<typeof fact>['customer_key'], number>>();
// @ts-expect-error the column exists already
materializedView('dim').from(customers).surrogateKey('name');
const groups = derived.groupBy('ordered_on').distinct().surrogateKey('date_key');
ok<Equal<Row<typeof groups>, { readonly date_key: number; readonly ordered_on: EpochDay | null }>>();
// @ts-expect-error it is complete
groups.where('date_key > 0');

// Views of views, windows of streams only.
ok<Equal<Row<ReturnType<typeof top>>['orders'], number>>();
const top = () =>
  materializedView('top').from(daily).select('orders', 'ordered_on', 'region').storage({ fillfactor: 50 });
// @ts-expect-error rows by key have no windows
materializedView('x').from(customers).windowedBy();
// @ts-expect-error a stream is read by windows
materializedView('x').from(rawCustomers).groupBy('region');

// Change feeds.
const feed = changeFeed('changes').comment('x').from(customers);
ok<Equal<Row<typeof feed>['_change_type'], 'insert' | 'update_preimage' | 'update_postimage' | 'delete'>>();
ok<Equal<Row<typeof feed>['_commit_version'], number>>();
ok<Equal<Row<typeof feed>['name'], string | null>>();
changeFeed('of_a_view').from(daily);
// @ts-expect-error a stream is never changed
changeFeed('x').from(rawCustomers);
// @ts-expect-error a feed is read, not computed
feed.where('true');
