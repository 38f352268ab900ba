import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decimal, int, long, row, string, timestamp } from '@medallion/schema';
import { changeFeed, json, materializedView, pipeline, streamingTable, topic } from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Customer = row('Customer', { customer_id: long(), name: string(), region: string(), changed_at: timestamp() });
const rawCustomers = streamingTable('raw_customers').from(topic('c', { format: json(Customer), key: 'customer_id' }));
const customerChanges = streamingTable('customers')
  .from(rawCustomers)
  .select('customer_id', 'name', 'region', 'changed_at');
const customers = customerChanges.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at' });
const history = customerChanges.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', storedAs: 2 });
const Order = row('Order', {
  order_id: string(),
  customer_id: long(),
  amount: decimal(10, 2),
  pieces: int(),
  status: string(),
  ordered_at: timestamp(),
});
const rawOrders = streamingTable('raw_orders').from(topic('o', { format: json(Order), key: 'order_id' }));
const orders = streamingTable('orders')
  .from(rawOrders)
  .select('order_id', 'customer_id', 'amount', 'pieces', 'status', 'ordered_at')
  .applyChanges({ keys: ['order_id'], sequenceBy: 'ordered_at' });
const tables = [rawCustomers, customers, rawOrders, orders];
const from = materializedView('gold').from(orders);
const plan = (table: Parameters<typeof planOf>[1]) => planOf('relational_view', ...tables, table);
const refused = (table: unknown, ...messages: readonly RegExp[]) => isRefused([...tables, untyped(table)], ...messages);

describe('a relational view', () => {
  it('has a row for each row of its source, with its key', () => {
    const made = plan(from);
    assert.deepEqual([made.layer, made.source, made.key, made.groupBy], ['gold', 'orders', ['order_id'], null]);
    assert.deepEqual(columnsOf(made), [
      'order_id string',
      'customer_id long?',
      'amount decimal?',
      'pieces int?',
      'status string?',
      'ordered_at timestamp',
    ]);
  });

  it('looks rows up by key; what a left join finds may be null, unless a value stands in', () => {
    const made = plan(
      from
        .leftJoin(customers, {
          on: 'customer_id',
          columns: { name: 'customer_name', region: 'region' },
          otherwise: { region: 'unknown' },
        })
        .select('order_id', 'customer_name', 'region'),
    );
    assert.deepEqual(made.joins, [
      {
        table: 'customers',
        type: 'left',
        on: [['customer_id', 'customer_id']],
        columns: [
          { from: 'name', field: { name: 'customer_name', type: { kind: 'string' }, nullable: true }, otherwise: null },
          { from: 'region', field: { name: 'region', type: { kind: 'string' }, nullable: true }, otherwise: 'unknown' },
        ],
      },
    ]);
    assert.deepEqual(columnsOf(made), ['order_id string', 'customer_name string?', 'region string?']);
    const never = from.leftJoin(customers, { on: 'customer_id', columns: ['changed_at'] });
    assert.equal(columnsOf(plan(never)).at(-1), 'changed_at timestamp?');
    const inner = from.innerJoin(customers, { on: { pieces: 'customer_id' }, columns: ['changed_at'] });
    assert.equal(columnsOf(plan(inner)).at(-1), 'changed_at timestamp');
    assert.deepEqual(plan(inner).joins[0]?.on, [['pieces', 'customer_id']]);
  });

  it('finds the current version in a table with history', () => {
    const made = planOf(
      'relational_view',
      ...[rawCustomers, history, rawOrders, orders],
      from.leftJoin(history, { on: 'customer_id', columns: ['name'] }),
    );
    assert.deepEqual(made.joins[0]?.on, [['customer_id', 'customer_id']]);
    const versions = planOf('relational_view', rawCustomers, history, materializedView('v').from(history));
    assert.deepEqual(versions.key, ['customer_id', '__START_AT']);
  });

  it('keeps the rows for which all its conditions are true', () => {
    const made = plan(from.where("status = 'done'").where('amount > 1 or pieces > 1'));
    assert.equal(made.where?.text, "(status = 'done') and (amount > 1 or pieces > 1)");
    assert.deepEqual(made.where?.columns, ['status', 'amount', 'pieces']);
  });

  it('computes columns in SQL, later ones from earlier ones', () => {
    const made = plan(
      from
        .derive((c) => ({ ordered_on: c.date('cast(ordered_at as date)') }))
        .derive((c) => ({ is_old: c.boolean("ordered_on < date '2020-01-01'") }))
        .omit('ordered_at', 'pieces', 'status'),
    );
    assert.deepEqual(
      made.derived.map(({ field }) => field),
      [
        { name: 'ordered_on', type: { kind: 'date' }, nullable: false },
        { name: 'is_old', type: { kind: 'boolean' }, nullable: false },
      ],
    );
    assert.deepEqual(columnsOf(made).slice(-2), ['ordered_on date', 'is_old boolean']);
  });

  it('groups and measures', () => {
    const made = plan(
      from
        .where("status = 'done'")
        .derive((c) => ({ ordered_on: c.date('cast(ordered_at as date)') }))
        .groupBy('ordered_on', 'customer_id')
        .aggregate((a) => ({
          orders: a.count(),
          total: a.sum('amount'),
          pieces: a.sum('pieces'),
          mean: a.avg('amount'),
          customers: a.countDistinct('customer_id'),
          last: a.max('ordered_at'),
          big: a.count('amount > 100'),
        }))
        .derive((c) => ({ each: c.nullable.double('total / orders') })),
    );
    assert.deepEqual(made.key, ['ordered_on', 'customer_id']);
    assert.deepEqual(columnsOf(made), [
      'ordered_on date',
      'customer_id long?',
      'orders long',
      'total decimal',
      'pieces long',
      'mean double?',
      'customers long',
      'last timestamp?',
      'big long',
      'each double?',
    ]);
    assert.deepEqual(made.schema.fields[3]?.type, { kind: 'decimal', precision: 15, scale: 2 });
    assert.equal(made.aggregates.at(-1)?.where?.text, 'amount > 100');
    assert.equal(made.columns[0]?.expression.text, 'total / orders');
  });

  it('may only show its groups', () => {
    const made = plan(from.groupBy('status').distinct());
    assert.deepEqual([columnsOf(made), made.aggregates, made.key], [['status string?'], [], ['status']]);
  });

  it('numbers its keys; in the row of the unknown all else is null', () => {
    const made = plan(from.select('order_id').surrogateKey('order_key'));
    assert.equal(made.surrogateKey, 'order_key');
    assert.deepEqual(columnsOf(made), ['order_key long', 'order_id string?']);
    const dimension = from.groupBy('status').distinct().surrogateKey('status_key');
    const fact = materializedView('fact')
      .from(orders)
      .leftJoin(dimension, { on: 'status', columns: ['status_key'], otherwise: { status_key: 0 } });
    const joined = planOf('relational_view', ...tables, dimension, fact);
    assert.equal(columnsOf(joined).at(-1), 'status_key long');
  });

  it('may read another one, and comes after all that it reads', () => {
    const enriched = materializedView('enriched')
      .from(orders)
      .leftJoin(customers, { on: 'customer_id', columns: ['name'] });
    const top = materializedView('top')
      .from(enriched)
      .groupBy('name')
      .aggregate((a) => ({ n: a.count() }));
    const names = pipeline('shop', { tables: [top, enriched, ...tables] }).tables.map(({ name }) => name);
    assert.deepEqual(names, ['raw_orders', 'orders', 'raw_customers', 'customers', 'enriched', 'top']);
  });
});

describe('a relational view is refused', () => {
  it('for columns that do not exist', () => {
    refused(from.where('nope > 1'), /where: there is no column "nope"/);
    refused(
      from.derive((c) => ({ x: c.nullable.int('nope + 1') })),
      /column "x": there is no column "nope"/,
    );
    refused(from.select(untyped('nope'), 'order_id'), /select names column "nope"/);
    refused(from.omit(untyped('nope')), /omit names column "nope"/);
    refused(from.groupBy(untyped('nope')).distinct(), /groupBy names column "nope"/);
    refused(
      from.groupBy('status').aggregate((a) => ({ x: a.sum(untyped('nope')) })),
      /measure "x" names column "nope"/,
    );
    refused(
      from.groupBy('status').aggregate((a) => ({ x: a.count('nope > 1') })),
      /measure "x": there is no column "nope"/,
    );
    refused(from.omit('pieces').where('pieces > 1'), /where: there is no column "pieces"/);
  });

  it('for a computed column of another type, or that may be null and does not say so', () => {
    refused(
      from.derive((c) => ({ x: c.date('ordered_at') })),
      /column "x" is declared as date, and its expression is timestamp; declare that type, or write cast/,
    );
    refused(
      from.derive((c) => ({ x: c.long('pieces + 1') })),
      /"x" is declared without null, and its expression may be null; declare it as c\.nullable\.long/,
    );
  });

  it('for names that are taken', () => {
    refused(
      from.derive(untyped((c: { nullable: { int(t: string): unknown } }) => ({ status: c.nullable.int('1') }))),
      /"status" is declared twice/,
    );
    refused(from.surrogateKey(untyped('status')), /"status" is declared twice/);
    refused(
      from.groupBy('status').aggregate(untyped((a: { count(): unknown }) => ({ status: a.count() }))),
      /"status" is declared twice/,
    );
  });

  it('for joins on other columns than the key, and on what it computes itself', () => {
    const options = { columns: ['name'] } as const;
    refused(
      from.leftJoin(customers, { ...options, on: untyped('status') }),
      /is on "status", and its key is "customer_id"/,
    );
    refused(
      from.leftJoin(customers, { ...options, on: { status: 'customer_id' } }),
      /compares "status", string, with "customer_id", long/,
    );
    refused(
      from
        .derive((c) => ({ buyer: c.nullable.long('customer_id') }))
        .leftJoin(customers, { ...options, on: { buyer: 'customer_id' } }),
      /joins "customers" on "buyer", which it computes itself/,
    );
    refused(
      from.leftJoin(untyped(rawOrders), untyped({ on: 'order_id', columns: [] })),
      /joins "raw_orders", a streaming table/,
    );
  });

  it('for columns that a join cannot take over, and values that stand in for nothing', () => {
    refused(from.leftJoin(customers, { on: 'customer_id', columns: [untyped('nope')] }), /takes over "nope"/);
    refused(
      from.leftJoin(customers, untyped({ on: 'customer_id', columns: ['name'], otherwise: { region: 'x' } })),
      /otherwise names "region", which is not taken over/,
    );
    refused(
      from.leftJoin(customers, untyped({ on: 'customer_id', columns: ['name'], otherwise: { name: 5 } })),
      /otherwise gives "name" 5, which is no string/,
    );
    refused(
      from.innerJoin(customers, untyped({ on: 'customer_id', columns: ['name'], otherwise: { name: 'x' } })),
      /inner join with "customers" has values/,
    );
  });

  it('without the columns that identify its rows', () => {
    refused(from.select('status'), /it leaves out "order_id", which identify its rows/);
    refused(from.omit(untyped('order_id')), /it leaves out "order_id"/);
  });

  it('over streams', () => {
    const wrong = untyped({ name: 'gold', declaration: { ...from.declaration, source: rawOrders } });
    isRefused([rawOrders, wrong], /it reads "raw_orders", a streaming table; read a keyed table/);
  });

  it('for measures of columns that are no numbers', () => {
    refused(
      from.groupBy('status').aggregate((a) => ({ x: a.sum(untyped('status')) })),
      /measure "x" is the sum of "status", a string column/,
    );
  });
});

describe('a change feed', () => {
  it('has the columns of its table and those of a change, in the layer of the table', () => {
    const made = planOf('change_feed', rawCustomers, customers, changeFeed('changes').from(customers));
    assert.deepEqual([made.layer, made.source], ['silver', 'customers']);
    assert.deepEqual(columnsOf(made), [
      'customer_id long',
      'name string?',
      'region string?',
      'changed_at timestamp',
      '_change_type enum',
      '_commit_version long',
      '_commit_timestamp timestamp',
    ]);
    assert.equal(planOf('change_feed', ...tables, from, changeFeed('f').from(from)).layer, 'gold');
  });

  it('is refused for tables that are not changed row by row', () => {
    isRefused(
      [rawCustomers, changeFeed('f').from(untyped(rawCustomers))],
      /the change feed of "raw_customers", a streaming/,
    );
    isRefused([untyped(changeFeed('f'))], /does not say where its rows come from/);
  });
});
