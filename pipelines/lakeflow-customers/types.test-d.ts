// Checked by the compiler: what the pipeline's users see of its rows, and what it refuses.
import { type Instant, isoInstant, materializedView, nonEmpty, type Row, streamingTable } from '@medallion/pipeline';
import {
  addresses,
  addressesClean,
  type bronzeAddresses,
  bronzeCustomers,
  type customerOrders,
  customers,
  customersClean,
  orders,
  type ordersClean,
} from './pipeline.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

ok<Equal<Row<typeof bronzeCustomers>['customer_id'], number | null>>();
ok<Equal<Row<typeof bronzeAddresses>['source_row'], number>>();
// A rule in SQL narrows nothing: the compiler does not read it.
ok<Equal<Row<typeof customersClean>['customer_id'], number | null>>();
ok<Equal<Row<typeof customersClean>['operation'], 'UPSERT' | 'DELETE'>>();
ok<Equal<Row<typeof addressesClean>['customer_id'], number>>();
ok<Equal<Row<typeof addressesClean>['zip_code'], string | null>>();
ok<Equal<Row<typeof ordersClean>['order_amount'], number>>();
// But what is a key is never null.
type Customer = Row<typeof customers>;
ok<Equal<keyof Customer, 'customer_id' | 'customer_name' | 'email' | 'segment' | 'changed_at'>>();
ok<Equal<Customer['customer_id'], number>>();
ok<Equal<Customer['changed_at'], Instant>>();
type Address = Row<typeof addresses>;
ok<Equal<Address['__START_AT'], Instant>>();
ok<Equal<Address['__END_AT'], Instant | null>>();
ok<Equal<'__START_AT' extends keyof Row<typeof orders> ? true : false, false>>();
type Totals = Row<typeof customerOrders>;
ok<Equal<Totals['total_orders'], number>>();
ok<Equal<Totals['total_order_amount'], number>>();
ok<Equal<Totals['city'], Address['city']>>();

const another = streamingTable('another').from(bronzeCustomers);
// @ts-expect-error an id is no text
another.expectOrDrop('valid_customer_id', 'customer_id', nonEmpty);
// @ts-expect-error nor is a column that does not exist
another.expectOrDrop('valid_phone', 'phone', nonEmpty);
// @ts-expect-error a column is an instant once, from its rule on
another.expectOrDrop('changed', 'changed_at', isoInstant).expectOrDrop('changed_again', 'changed_at', isoInstant);
streamingTable('x')
  .from(customersClean)
  // @ts-expect-error type 3 does not exist
  .applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', storedAs: 3 });
streamingTable('x')
  .from(addressesClean)
  // @ts-expect-error history is of columns that there are
  .applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', storedAs: 2, trackHistory: ['street'] });
streamingTable('x')
  .from(customersClean)
  // @ts-expect-error nor can a column be left out that is none
  .applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', except: ['kind'] });
streamingTable('x')
  .from(customersClean)
  .applyChanges({
    keys: ['customer_id'],
    sequenceBy: 'changed_at',
    // @ts-expect-error an operation that does not exist
    applyAsDeletes: { text: '', test: (row) => row.operation === 'REMOVE' },
  });
materializedView('x')
  .from(orders)
  // @ts-expect-error of a history the current version is joined, by the customer alone
  .innerJoin(addresses, { on: ['customer_id', '__START_AT'], columns: ['city'] });
materializedView('x')
  .from(orders)
  // @ts-expect-error a column that is there already
  .innerJoin(customers, { on: 'customer_id', columns: ['changed_at'] });
// @ts-expect-error a comment on a column that does not exist
customers.commentOn({ phone: 'where they are called' });
