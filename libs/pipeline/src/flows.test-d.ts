// Checked by the compiler: sources, views, append flows, explode, joins and changes by key.
import type { EpochDay, Instant } from '@medallion/core';
import { decimal, list, long, row, string, timestamp } from '@medallion/schema';
import {
  avro,
  csv,
  days,
  files,
  isoInstant,
  json,
  jsonLines,
  minutes,
  nonEmpty,
  notNull,
  parquet,
  type Row,
  snapshot,
  sql,
  streamingTable,
  topic,
  view,
} from './index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const ok = <T extends true>(..._: T[]) => {};

const Item = row('Item', { sku: string(), price: decimal(10, 2), status: string() });
const RawOrder = row('RawOrder', {
  order_id: string(),
  customer_id: long(),
  status: string(),
  at: string(),
  items: list(Item),
});
const RawCustomer = row('RawCustomer', { customer_id: long(), name: string(), op: string(), changed_at: timestamp() });

// Sources.
const bronze = streamingTable('bronze').from(topic('orders', { format: avro(RawOrder), key: 'order_id' }));
ok<Equal<Row<typeof bronze>['source_offset'], number>>();
const landed = streamingTable('landed').from(
  files('x', { pattern: '*.csv', format: csv(RawCustomer), key: 'customer_id' }),
);
ok<Equal<Row<typeof landed>['name'], string | null>>();
ok<Equal<Row<typeof landed>['source_file'], string>>();
ok<Equal<Row<typeof landed>['source_row'], number>>();
ok<Equal<Row<typeof landed>['ingestion_date'], EpochDay>>();
// @ts-expect-error files have no offset
landed.omit('source_offset');
// @ts-expect-error the key is a declared column
files('x', { pattern: '*.json', format: jsonLines(RawCustomer), key: 'id' });
// @ts-expect-error there are four ways to treat other columns
files('x', { pattern: '*.json', format: jsonLines(RawCustomer), key: 'customer_id', evolution: 'ignore' });
const mv = streamingTable('mv').from(
  snapshot('x', { pattern: '*', format: parquet(RawCustomer), keys: ['customer_id'] }),
);
ok<
  Equal<
    Row<typeof mv>,
    {
      readonly customer_id: number;
      readonly name: string | null;
      readonly op: string | null;
      readonly changed_at: Instant | null;
    }
  >
>();
const named = mv.expectOrQuarantine('named', 'name', nonEmpty).expect('x', sql('customer_id > 0')).comment('x');
ok<Equal<Row<typeof named>['name'], string>>();
ok<Equal<(typeof named)['$key'], 'customer_id'>>();
// @ts-expect-error no such column
mv.expect('x', 'nope', nonEmpty);
// @ts-expect-error the keys are declared columns
snapshot('x', { pattern: '*', format: parquet(RawCustomer), keys: ['id'] });
// @ts-expect-error a table of one row a key is no stream
streamingTable('x').from(mv);

// Views.
const pending = view('pending')
  .from(bronze)
  .where('is pending', (d) => d.status === 'pending')
  .derive((c) => ({ is_big: c.boolean((d) => (d.customer_id ?? 0) > 5) }))
  .select('is_big', 'order_id');
ok<Equal<Row<typeof pending>, { readonly is_big: boolean; readonly order_id: string | null }>>();
// @ts-expect-error a view keeps nothing to be judged
pending.expect('x', 'order_id', nonEmpty);
// @ts-expect-error the column was left out
pending.omit('status');
// @ts-expect-error the column exists already
pending.derive((c) => ({ is_big: c.boolean(() => true) }));

// Append flows.
const fed = streamingTable('fed')
  .appendFlow('pending', pending)
  .comment('both')
  .appendFlow(
    'live',
    view('v')
      .from(bronze)
      .derive((c) => ({ is_big: c.boolean(() => true) })),
    { once: true },
  );
ok<Equal<Row<typeof fed>, Row<typeof pending>>>();
// @ts-expect-error the flow has no is_big
streamingTable('t').appendFlow('a', pending).appendFlow('b', bronze);
// @ts-expect-error flows come before steps
streamingTable('t').appendFlow('a', pending).expect('x', 'order_id', nonEmpty).appendFlow('b', pending);
const strict = streamingTable('strict').from(pending).expectOrDrop('x', 'order_id', nonEmpty);
// @ts-expect-error the second flow may bring null
streamingTable('t').appendFlow('a', strict).appendFlow('b', pending);

const Place = csv(RawCustomer);
const places = streamingTable('places')
  .appendFlow('eu', files('eu', { pattern: '*.csv', format: Place, key: 'customer_id' }))
  .appendFlow('us', files('us', { pattern: '*.csv', format: Place, key: 'customer_id' }), { once: true })
  .appendFlow('again', landed);
ok<Equal<Row<typeof places>, Row<typeof landed>>>();
// @ts-expect-error a topic brings other audit columns than files
places.appendFlow('live', topic('customers', { format: json(RawCustomer), key: 'customer_id' }));

// Conditions in SQL narrow nothing.
ok<Equal<Row<ReturnType<typeof conditioned>>['status'], string | null>>();
const conditioned = () => bronze.expectOrDrop('x', sql("status = 'x'")).where(sql('customer_id > 1')).constraint('…');
// @ts-expect-error words need a test
bronze.where('status is x');

// Explode.
const items = streamingTable('items')
  .from(bronze)
  .explode('items', { position: 'line', rename: { status: 'item_status' } });
ok<Equal<Row<typeof items>['line'], number>>();
ok<Equal<Row<typeof items>['sku'], string | null>>();
ok<Equal<Row<typeof items>['price'], number | null>>();
ok<Equal<Row<typeof items>['item_status'], string | null>>();
ok<Equal<Row<typeof items>['order_id'], string | null>>();
// @ts-expect-error the list is gone
items.omit('items');
// @ts-expect-error the element has a status too, which needs another name
bronze.explode('items');
// @ts-expect-error the position has the name of a column of the element
bronze.explode('items', { position: 'sku', rename: { status: 'item_status' } });
// @ts-expect-error status is no list
bronze.explode('status');
// @ts-expect-error the element has no such column
bronze.explode('items', { rename: { status: 'item_status', nope: 'x' } });
bronze.omit('status').explode('items');

// Changes by key.
const changes = streamingTable('customers')
  .from(landed)
  .expectOrDrop('has_name', 'name', notNull)
  .select('customer_id', 'name', 'op', 'changed_at');
const customers = changes.applyChanges({
  keys: ['customer_id'],
  sequenceBy: 'changed_at',
  applyAsDeletes: "op = 'DELETE'",
  except: ['op'],
});
ok<
  Equal<Row<typeof customers>, { readonly customer_id: number; readonly name: string; readonly changed_at: Instant }>
>();
ok<Equal<(typeof customers)['$key'], 'customer_id'>>();
const history = changes.applyChanges({
  keys: ['customer_id'],
  sequenceBy: 'changed_at',
  applyAsDeletes: { text: 'is a delete', test: (d) => d.op === 'DELETE' },
  storedAs: 2,
  trackHistory: { except: ['op'] },
});
ok<Equal<Row<typeof history>['__START_AT'], Instant>>();
ok<Equal<Row<typeof history>['__END_AT'], Instant | null>>();
ok<Equal<(typeof history)['$key'], 'customer_id' | '__START_AT'>>();
customers
  .storage({ clusterBy: ['name'] })
  .personal('name')
  .commentOn({ name: 'who' })
  .tags({ a: 'b' })
  .layer('gold');
// @ts-expect-error no such column
changes.applyChanges({ keys: ['id'], sequenceBy: 'changed_at' });
// @ts-expect-error text has no order
changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'name' });
// @ts-expect-error a key cannot be left out
changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', except: ['customer_id'] });
// @ts-expect-error there are two types
changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', storedAs: 3 });
// @ts-expect-error the column was left out
customers.personal('op');
// @ts-expect-error steps come before the changes
customers.expect('x', 'name', nonEmpty);
// @ts-expect-error the cleanup of a changelog is its own business
customers.storage({ cleanup: 'delete' });
changes.storage({ cleanup: 'compact' }).retention(days(1));

// Joins.
const timed = streamingTable('timed')
  .from(bronze)
  .expectOrDrop('at', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(5) });
const left = timed.join(customers, { on: 'customer_id', type: 'left', columns: { name: 'customer_name' } });
ok<Equal<Row<typeof left>['customer_name'], string | null>>();
const inner = timed.join(history, { on: ['customer_id'], mode: 'as of event time', type: 'inner', columns: ['name'] });
ok<Equal<Row<typeof inner>['name'], string>>();
inner.dedupe({ by: 'order_id', within: minutes(1) });
// @ts-expect-error bronze has no event time
bronze.join(history, { on: 'customer_id', mode: 'as of event time', type: 'left', columns: ['name'] });
// @ts-expect-error a stream has no keys to look up
timed.join(bronze, { on: 'order_id', type: 'left', columns: ['status'] });
// @ts-expect-error the key is customer_id
timed.join(customers, { on: 'order_id', type: 'left', columns: ['name'] });
// @ts-expect-error the table has no such column
timed.join(customers, { on: 'customer_id', type: 'left', columns: ['email'] });
// @ts-expect-error the table has no such column
timed.join(customers, { on: 'customer_id', type: 'left', columns: { email: 'x' } });
// @ts-expect-error the row has a column of that name
timed.join(customers, { on: 'customer_id', type: 'left', columns: { name: 'status' } });
// @ts-expect-error the row has a column of that name
timed.join(customers, { on: 'customer_id', type: 'left', columns: ['customer_id'] });
// @ts-expect-error a join is left or inner
timed.join(customers, { on: 'customer_id', type: 'outer', columns: ['name'] });
