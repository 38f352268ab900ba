import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, long, row, string, timestamp } from '@medallion/schema';
import {
  changeFeed,
  describe as describePlan,
  json,
  materializedView,
  minutes,
  notNull,
  pipeline,
  streamingTable,
  subjectColumns,
  subjectSources,
  subjectsOf,
  topic,
  tumbling,
} from './index.ts';
import { isRefused, untyped } from './test/refused.ts';

const Customer = row('Customer', { id: long(), email: string(), score: double(), at: timestamp() });
const Order = row('Order', { order_id: string(), buyer: long(), seller: long(), at: timestamp() });
const rawCustomers = streamingTable('raw_customers')
  .from(topic('c', { format: json(Customer), key: 'id' }))
  .personal('email');
const named = rawCustomers.identifies('customer', 'id');
const rawOrders = streamingTable('raw_orders').from(topic('o', { format: json(Order), key: 'order_id' }));
const bothSides = rawOrders.identifies('customer', 'buyer').identifies('customer', 'seller');

const customersOf = (from: typeof rawCustomers) =>
  streamingTable('customers')
    .from(from)
    .select('id', 'email', 'at')
    .applyChanges({ keys: ['id'], sequenceBy: 'at' });
const orders = streamingTable('orders')
  .from(bothSides)
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(1) });
const perBuyer = materializedView('per_buyer')
  .from(orders)
  .windowedBy(tumbling(minutes(5)))
  .groupBy('buyer')
  .aggregate((a) => ({ n: a.count(), least: a.min('seller') }));
const customers = customersOf(named);
const mails = materializedView('mails')
  .from(customers)
  .groupBy('email')
  .aggregate((a) => ({ customers: a.countDistinct('id'), first: a.min('id') }));
const feed = changeFeed('feed').from(customers);
const shop = pipeline('shop', { tables: [named, customers, bothSides, orders, perBuyer, mails, feed] });

describe('columns that identify a subject', () => {
  it('are declared once, and known wherever their values are taken over', () => {
    assert.deepEqual(subjectsOf(shop), ['customer']);
    const columns = [...subjectColumns(shop, 'customer')].map(([table, found]) => [table, [...found]]);
    assert.deepEqual(Object.fromEntries(columns), {
      raw_customers: ['id'],
      customers: ['id'],
      raw_orders: ['buyer', 'seller'],
      orders: ['buyer', 'seller'],
      // A measure says nothing of whom its row is about.
      per_buyer: ['buyer'],
      mails: [],
      feed: ['id'],
    });
    assert.deepEqual([...subjectSources(shop, 'customer')].sort(), ['buyer', 'id', 'seller']);
    assert.deepEqual([...subjectColumns(shop, 'employee').values()].map(({ size }) => size).filter(Boolean), []);
  });

  it('are shown, and leave the identity of the logic as it was', () => {
    assert.match(describePlan(shop), / {2}identifies {2}customer by buyer, seller\n/);
    const hash = (table: typeof rawCustomers) => pipeline('shop', { tables: [table] }).tables[0]!.hash;
    assert.equal(hash(named), hash(rawCustomers));
  });

  it('exist, are scalars that are written in one way, and have a subject with a name', () => {
    isRefused([rawCustomers.identifies('customer', untyped('nope'))], /identifies names column "nope"/);
    isRefused([rawCustomers.identifies('customer', 'score')], /"score" identifies a customer, and is a double/);
    isRefused([rawCustomers.identifies('Customer 1', 'id')], /"Customer 1" is no name of a subject/);
  });

  it('are declared where their values come from', () => {
    const late = streamingTable('late').from(rawOrders).identifies('customer', 'buyer');
    isRefused(
      [rawOrders, late],
      /"buyer" identifies a customer, and "buyer" of "raw_orders", where it comes from, does not; declare it there: \.identifies/,
    );
  });

  it('are kept beside personal columns', () => {
    const lost = streamingTable('lost').from(named).select('email', 'at');
    isRefused([named, lost], /it keeps "email", and no column says whose that is/);
  });
});
