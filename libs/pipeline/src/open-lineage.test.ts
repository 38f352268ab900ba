import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '@medallion/core';
import { list, long, row, string, timestamp } from '@medallion/schema';
import {
  asRun,
  csv,
  files,
  json,
  type LineageDataset,
  materializedView,
  openLineage,
  pipeline,
  streamingTable,
  topic,
  view,
} from './index.ts';

const Customer = row('Customer', { id: long(), email: string('where invoices go'), at: timestamp() });
const rawCustomers = streamingTable('raw_customers')
  .comment('as they came')
  .from(files('customers', { pattern: '*.csv', format: csv(Customer), key: 'id' }))
  .personal('email');
const customers = streamingTable('customers')
  .from(rawCustomers)
  .select('id', 'email', 'at')
  .tags({ owner: 'sales' })
  .applyChanges({ keys: ['id'], sequenceBy: 'at' });
const Order = row('Order', { id: long(), buyer: long(), items: list(row('Item', { sku: string() })) });
const rawOrders = streamingTable('raw_orders')
  .from(topic('o', { format: json(Order), key: 'id' }))
  .queryable();
const known = view('known')
  .from(rawOrders)
  .where('has a buyer', (order) => order.buyer !== null);
const orders = streamingTable('orders')
  .appendFlow('known', known)
  .join(customers, { on: { buyer: 'id' }, type: 'left', columns: ['email'] })
  .derive((c) => ({ twice: c.nullable.long((order) => (order.buyer ?? 0) * 2) }))
  .omit('items');
const emails = materializedView('emails')
  .from(customers)
  .groupBy('email')
  .aggregate((a) => ({ last: a.max('at') }));
const plan = pipeline('shop', { tables: [rawCustomers, customers, rawOrders, known, orders, emails] });

const at = instant(1_798_135_200_000);
const places = { broker: 'k:9092', database: { host: 'p:5432', name: 'gold' }, landing: 's3://landing/daily/' };
const events = openLineage(plan, { at, ...places });
const eventOf = (table: string) => events.find(({ job }) => job.name === `shop.${table}`)!;
const uri = ({ namespace, name }: LineageDataset): string => `${namespace}/${name}`;
const fieldsOf = (table: string) =>
  eventOf(table).outputs[0]!.facets.columnLineage!.fields as Readonly<
    Record<string, { inputFields: { namespace: string; name: string; field: string; transformations: object[] }[] }>
  >;

describe('lineage as OpenLineage events', () => {
  it('has an event for each table that is kept, with what it reads and writes', () => {
    const text = events.map(({ job, inputs, outputs }) => [job.name, inputs.map(uri), uri(outputs[0]!)]);
    assert.deepEqual(text, [
      ['shop.raw_customers', ['s3://landing/daily/customers/*.csv'], 'kafka://k:9092/shop.raw_customers'],
      ['shop.customers', ['kafka://k:9092/shop.raw_customers'], 'kafka://k:9092/shop.customers.changelog'],
      ['shop.raw_orders', ['kafka://k:9092/o'], 'kafka://k:9092/shop.raw_orders'],
      [
        'shop.orders',
        ['kafka://k:9092/shop.raw_orders', 'kafka://k:9092/shop.customers.changelog'],
        'kafka://k:9092/shop.orders',
      ],
      ['shop.emails', ['kafka://k:9092/shop.customers.changelog'], 'postgres://p:5432/gold.shop.emails'],
    ]);
    for (const { job, eventTime, producer, schemaURL } of events) {
      assert.deepEqual([job.namespace, eventTime], ['medallion', '2026-12-24T18:00:00.000Z']);
      assert.equal(schemaURL, 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent');
      assert.ok(URL.canParse(producer));
    }
  });

  it('says where each column comes from, and whether it is taken over or computed', () => {
    const inputs = Object.entries(fieldsOf('orders')).map(([column, { inputFields }]) => [
      column,
      ...inputFields.map(({ name, field, transformations }) => [
        `${name}.${field}`,
        (transformations[0] as { subtype: string }).subtype,
      ]),
    ]);
    assert.deepEqual(
      inputs.filter(([column]) => ['buyer', 'email', 'twice'].includes(column as string)),
      [
        ['buyer', ['shop.raw_orders.buyer', 'IDENTITY']],
        ['email', ['shop.customers.changelog.email', 'IDENTITY']],
        ['twice', ['shop.raw_orders.buyer', 'TRANSFORMATION']],
      ],
    );
    assert.deepEqual(
      fieldsOf('raw_customers').email!.inputFields.map(({ namespace, name, field }) => [namespace, name, field]),
      [['s3://landing', 'daily/customers/*.csv', 'email']],
    );
  });

  it('describes columns, tags and personal data, and where the same rows are in Postgres', () => {
    const { facets } = eventOf('customers').outputs[0]!;
    assert.deepEqual((facets.schema!.fields as { name: string }[])[1], {
      name: 'email',
      type: 'string',
      description: 'where invoices go',
    });
    assert.deepEqual(
      (facets.tags!.tags as { key: string; value: string; field?: string }[]).map(({ key, value, field }) => [
        key,
        value,
        field,
      ]),
      [
        ['owner', 'sales', undefined],
        ['layer', 'silver', undefined],
        ['personal', 'true', 'email'],
      ],
    );
    const symlink = (table: string) =>
      (eventOf(table).outputs[0]!.facets.symlinks?.identifiers as { name: string }[] | undefined)?.[0]?.name;
    assert.deepEqual(['customers', 'raw_orders', 'orders', 'emails'].map(symlink), [
      'gold.shop.customers',
      'gold.shop.raw_orders',
      undefined,
      undefined,
    ]);
    assert.equal(eventOf('raw_customers').job.facets.documentation!.description, 'as they came');
    assert.equal(uri(eventOf('orders').outputs[1]!), 'kafka://k:9092/shop.orders.quarantine');
  });

  it('gives every facet its schema', () => {
    const facets = events.flatMap(({ job, inputs, outputs }) =>
      [job, ...inputs, ...outputs].map((each) => each.facets),
    );
    for (const [name, facet] of facets.flatMap((each) => Object.entries(each)))
      assert.match(
        facet._schemaURL,
        /^https:\/\/openlineage\.io\/spec\/facets\/\d-\d-\d\/\w+Facet\.json#\/\$defs\/\w+Facet$/,
        name,
      );
  });

  it('is told as runs, each with a beginning and an end, where a collector takes no other events', () => {
    const runId = '01234567-89ab-7def-8123-456789abcdef';
    const [start, complete, ...rest] = asRun(eventOf('emails'), runId);
    assert.deepEqual(
      [start?.eventType, complete?.eventType, start?.run, complete?.run, rest],
      ['START', 'COMPLETE', { runId }, { runId }, []],
    );
    assert.equal(start?.schemaURL, 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent');
    assert.deepEqual(start?.outputs, eventOf('emails').outputs);
  });

  it('names files by their path where they are in a folder', () => {
    const input = (landing: string | null) => openLineage(plan, { at, ...places, landing })[0]!.inputs[0]!;
    assert.deepEqual([input('file:///data').namespace, input('file:///data').name], ['file', '/data/customers/*.csv']);
    assert.deepEqual([input('/data/').name, input(null).name], ['/data/customers/*.csv', 'customers/*.csv']);
  });
});
