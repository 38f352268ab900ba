import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, list, long, row, string, timestamp } from '@medallion/schema';
import {
  changeFeed,
  columnLineage,
  json,
  materializedView,
  minutes,
  notNull,
  personalColumns,
  pipeline,
  streamingTable,
  topic,
  tumbling,
  view,
} from './index.ts';

const Customer = row('Customer', { id: long(), email: string(), region: string(), at: timestamp() });
const rawCustomers = streamingTable('raw_customers')
  .from(topic('c', { format: json(Customer), key: 'id' }))
  .personal('email');
const customers = streamingTable('customers')
  .from(rawCustomers)
  .select('id', 'email', 'region', 'at')
  .applyChanges({ keys: ['id'], sequenceBy: 'at', storedAs: 2 });
const Order = row('Order', {
  id: string(),
  buyer: long(),
  at: timestamp(),
  phone: string(),
  items: list(row('Item', { sku: string(), pieces: int() })),
});
const rawOrders = streamingTable('raw_orders')
  .from(topic('o', { format: json(Order), key: 'id' }))
  .personal('phone');
const open = view('open').from(rawOrders).omit('_rescued_data');
const orders = streamingTable('orders')
  .appendFlow('open', open)
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(1) })
  .join(customers, { on: { buyer: 'id' }, type: 'left', columns: { email: 'buyer_email', region: 'region' } })
  .derive((c) => ({ contact: c.nullable.string((d) => d.phone ?? d.buyer_email) }))
  .explode('items', { position: 'line' });
const perRegion = materializedView('per_region')
  .from(orders)
  .windowedBy(tumbling(minutes(5)))
  .groupBy('region')
  .aggregate((a) => ({ n: a.count(), pieces: a.sum('pieces'), last: a.max('at') }))
  .derive((v) => ({ each: v.pieces.per(v.n) }));
const emails = materializedView('emails')
  .from(customers)
  .derive((c) => ({ domain: c.nullable.string('lower(email)') }))
  .groupBy('email', 'domain')
  .aggregate((a) => ({ versions: a.count(), first: a.min('at') }));
const feed = changeFeed('feed').from(customers);
const plan = pipeline('shop', { tables: [rawCustomers, customers, rawOrders, open, orders, perRegion, emails, feed] });

const text = (table: string, column: string): string =>
  (columnLineage(plan).get(table)?.get(column) ?? [])
    .map((from) => `${from.how} from ${from.table}.${from.column}`)
    .join(', ');

describe('column lineage', () => {
  it('knows each column of each table', () => {
    for (const table of plan.tables)
      assert.deepEqual(
        [...columnLineage(plan).get(table.name)!.keys()],
        table.schema.fields.map(({ name }) => name),
      );
  });

  it('leads through sources, views, joins, explode and functions', () => {
    assert.equal(text('raw_orders', 'phone'), 'copied from o.phone');
    assert.equal(text('raw_orders', 'source_topic'), '');
    assert.equal(text('open', 'phone'), 'copied from raw_orders.phone');
    assert.equal(text('orders', 'phone'), 'copied from raw_orders.phone');
    assert.equal(text('orders', 'buyer_email'), 'copied from customers.email');
    assert.equal(text('orders', 'contact'), 'computed from raw_orders.phone, computed from customers.email');
    assert.equal(text('orders', 'sku'), 'copied from raw_orders.items');
    assert.equal(text('orders', 'line'), '');
  });

  it('leads through keyed tables, views and feeds', () => {
    assert.equal(text('customers', '__END_AT'), 'copied from raw_customers.at');
    assert.equal(text('per_region', 'window_end'), 'computed from orders.at');
    assert.equal(text('per_region', 'n'), '');
    assert.equal(text('per_region', 'each'), 'computed from orders.pieces');
    assert.equal(text('per_region', 'last'), 'copied from orders.at');
    assert.equal(text('emails', 'domain'), 'computed from customers.email');
    assert.equal(text('emails', 'first'), 'copied from customers.at');
    assert.equal(text('feed', 'email'), 'copied from customers.email');
    assert.equal(text('feed', '_commit_version'), '');
  });
});

describe('personal columns', () => {
  it('stay personal where their values can be seen, and what was rescued beside them is', () => {
    const personal = Object.fromEntries([...personalColumns(plan)].map(([table, columns]) => [table, [...columns]]));
    assert.deepEqual(personal, {
      raw_customers: ['email', '_rescued_data'],
      customers: ['email'],
      raw_orders: ['phone', '_rescued_data'],
      open: ['phone'],
      orders: ['phone', 'buyer_email'],
      per_region: [],
      emails: ['email', 'domain'],
      feed: ['email'],
    });
  });
});
