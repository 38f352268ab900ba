import { days } from '@medallion/core';
import { parseCondition, parseExpression } from '@medallion/expressions';
import {
  CHANGE,
  type ChangeFeedPlan,
  type KeyedTablePlan,
  type PipelinePlan,
  type RelationAggregatePlan,
  type RelationalViewPlan,
  type RelationJoinPlan,
  type StoragePlan,
  VALIDITY,
} from '@medallion/pipeline';
import { date, decimal, type Field, fieldsOf, long, nullable, string, timestamp } from '@medallion/schema';

/**
 * A shop as a plan, written out rather than declared: keyed tables, and views of every kind over them. Tests compare the
 * views with plain SQL over the tables.
 */
export const shopPipeline = (
  name: string,
  changed: { readonly views?: readonly RelationalViewPlan[] } = {},
): PipelinePlan => ({
  name,
  schemaName: name.replaceAll('-', '_'),
  mode: 'continuous',
  development: false,
  tables: [...keyedTables(name), ...(changed.views ?? shopViews), ...feeds],
});

export const plainStorage: StoragePlan = { clusterBy: [], fillfactor: null, autovacuum: {}, cleanup: 'compact' };
const plain = {
  layer: 'gold',
  version: 1,
  hash: '1',
  storage: plainStorage,
  governance: { tags: {}, personal: [] },
} as const;
const none = { joins: [], derived: [], where: null, aggregates: [], columns: [], surrogateKey: null } as const;

const customer = fieldsOf({ customer_id: long(), name: nullable(string()), region: nullable(string()) });
const address = fieldsOf({
  customer_id: long(),
  city: nullable(string()),
  [VALIDITY.from]: timestamp(),
  [VALIDITY.to]: nullable(timestamp()),
});
const order = fieldsOf({
  order_id: long(),
  customer_id: nullable(long()),
  product_id: nullable(string()),
  status: nullable(string()),
  amount: nullable(decimal(10, 2)),
  ordered_at: nullable(timestamp()),
});

function keyedTables(pipeline: string): readonly KeyedTablePlan[] {
  const keyed = (name: string, keys: readonly string[], fields: readonly Field[], storedAs: 1 | 2): KeyedTablePlan => ({
    ...plain,
    kind: 'keyed_table',
    name,
    comment: `The ${name} of the shop`,
    changelogTopic: `${pipeline}.${name}.changelog`,
    quarantineTopic: `${pipeline}.${name}.quarantine`,
    flow: { name, source: { kind: 'table', table: `${name}_stream` }, views: [], steps: [], once: false },
    keys,
    sequenceBy: null,
    deletes: null,
    storedAs,
    tracked: [],
    tombstoneRetentionMs: days(7),
    schema: { name, fields },
  });
  return [
    keyed('customers', ['customer_id'], customer, 1),
    keyed('addresses', ['customer_id'], address, 2),
    keyed('orders', ['order_id'], order, 1),
  ];
}

/** A view of which the plan's parts are given, and its columns taken from them in order. */
export function shopView(
  parts: Partial<RelationalViewPlan> & Pick<RelationalViewPlan, 'name' | 'source' | 'key'>,
  fields: readonly Field[],
): RelationalViewPlan {
  const schema = { name: parts.name, fields };
  return {
    ...plain,
    ...none,
    kind: 'relational_view',
    comment: `${parts.name} of the shop`,
    groupBy: null,
    ...parts,
    schema,
  };
}

const field = (spec: Parameters<typeof fieldsOf>[0]): Field => fieldsOf(spec)[0]!;

const measure = (
  name: string,
  kind: RelationAggregatePlan['kind'],
  column: string | null,
  result: Field['type'],
  where: RelationAggregatePlan['where'] = null,
): RelationAggregatePlan => ({
  name,
  kind,
  column,
  where,
  result: { name, type: result, nullable: kind !== 'count' && kind !== 'count_distinct' },
});

const LONG = { kind: 'long' } as const;
const MONEY = { kind: 'decimal', precision: 15, scale: 2 } as const;

const ofCustomers = (...columns: RelationJoinPlan['columns']): RelationJoinPlan => ({
  table: 'customers',
  type: 'left',
  on: [['customer_id', 'customer_id']],
  columns,
});
const named = { from: 'name', field: field({ customer_name: nullable(string()) }), otherwise: 'nobody' };
const inRegion = { from: 'region', field: field({ region: nullable(string()) }), otherwise: null };
const city = field({ city: nullable(string()) });
const orderDate = field({ order_date: nullable(date()) });
const dayOf = parseExpression('CAST(ordered_at AS DATE)', order);
const completed = parseCondition("status = 'completed'", order);

const enriched = shopView(
  {
    name: 'orders_enriched',
    source: 'orders',
    joins: [
      ofCustomers(named, inRegion),
      {
        table: 'addresses',
        type: 'left',
        on: [['customer_id', 'customer_id']],
        columns: [{ from: 'city', field: city, otherwise: null }],
      },
    ],
    derived: [{ field: orderDate, expression: dayOf }],
    key: ['order_id'],
  },
  [...order, named.field, inRegion.field, city, orderDate],
);

const salesMeasures = [
  measure('order_count', 'count', null, LONG),
  measure('total_sales', 'sum', 'amount', MONEY),
  measure('unique_customers', 'count_distinct', 'customer_id', LONG),
];
const averageOf = parseExpression(
  'total_sales / order_count',
  salesMeasures.map((m) => m.result),
);
const average: Field = { name: 'avg_order_value', type: averageOf.type!, nullable: true };

/** Groups of another view's rows, of which both columns may be null. */
const dailySales = shopView(
  {
    name: 'daily_sales',
    source: 'orders_enriched',
    where: completed,
    groupBy: [orderDate, inRegion.field],
    aggregates: salesMeasures,
    columns: [{ field: average, expression: averageOf }],
    key: ['order_date', 'region'],
  },
  [orderDate, inRegion.field, ...salesMeasures.map((m) => m.result), average],
);

/** Groups of groups. */
const regions = [measure('days', 'count', null, LONG), measure('total_sales', 'sum', 'total_sales', MONEY)];
const salesByRegion = shopView(
  { name: 'sales_by_region', source: 'daily_sales', groupBy: [inRegion.field], aggregates: regions, key: ['region'] },
  [inRegion.field, ...regions.map((m) => m.result)],
);

/** Groups of joined rows in one view, over an inner join. */
const customerId = order[1]!;
const lifetime = [
  measure('total_orders', 'count', null, LONG),
  measure('completed_orders', 'count', null, LONG, completed),
  measure('lifetime_value', 'sum', 'amount', MONEY, completed),
  measure('first_order_at', 'min', 'ordered_at', { kind: 'timestamp' }),
  measure('last_order_at', 'max', 'ordered_at', { kind: 'timestamp' }),
];
const lifetimeValue = shopView(
  {
    name: 'lifetime_value',
    source: 'orders',
    joins: [{ ...ofCustomers({ ...named, otherwise: null }, inRegion), type: 'inner' }],
    groupBy: [customerId, named.field],
    aggregates: lifetime,
    key: ['customer_id', 'customer_name'],
  },
  [customerId, named.field, ...lifetime.map((m) => m.result)],
);

/** Groups of a keyed table's own columns. */
const productId = order[2]!;
const sold = [
  measure('sold', 'count', null, LONG, completed),
  measure('smallest', 'min', 'amount', MONEY),
  measure('greatest', 'max', 'amount', MONEY),
  measure('mean', 'avg', 'amount', { kind: 'double' }),
];
const topProducts = shopView(
  { name: 'top_products', source: 'orders', groupBy: [productId], aggregates: sold, key: ['product_id'] },
  [productId, ...sold.map((m) => m.result)],
);

/** More columns that may be null than a store has plans for, without and with one that is never null. */
const alike = [measure('alike', 'count', null, LONG)];
const wide = (name: string, columns: readonly Field[]): RelationalViewPlan =>
  shopView({ name, source: 'orders', groupBy: columns, aggregates: alike, key: columns.map((column) => column.name) }, [
    ...columns,
    ...alike.map((m) => m.result),
  ]);

/** Dimensions with integers of their own, and facts that name them. */
const customerKey = field({ customer_key: long() });
const productKey = field({ product_key: long() });
const dimCustomer = shopView(
  { name: 'dim_customer', source: 'customers', surrogateKey: 'customer_key', key: ['customer_id'] },
  [customerKey, ...customer],
);
const dimProduct = shopView(
  {
    name: 'dim_product',
    source: 'orders',
    groupBy: [productId],
    aggregates: [measure('orders', 'count', null, LONG)],
    surrogateKey: 'product_key',
    key: ['product_id'],
  },
  [productKey, productId, field({ orders: nullable(long()) })],
);
const factOrders = shopView(
  {
    name: 'fact_orders',
    source: 'orders',
    joins: [
      {
        table: 'dim_customer',
        type: 'left',
        on: [['customer_id', 'customer_id']],
        columns: [{ from: 'customer_key', field: customerKey, otherwise: 0 }],
      },
      {
        table: 'dim_product',
        type: 'left',
        on: [['product_id', 'product_id']],
        columns: [{ from: 'product_key', field: productKey, otherwise: 0 }],
      },
    ],
    key: ['order_id'],
  },
  [order[0]!, customerKey, productKey, order[3]!, order[4]!],
);

export const shopViews: readonly RelationalViewPlan[] = [
  enriched,
  dailySales,
  salesByRegion,
  lifetimeValue,
  topProducts,
  wide('orders_alike', order.slice(1, 5)),
  wide('orders_apart', order.slice(0, 5)),
  dimCustomer,
  dimProduct,
  factOrders,
];

const feed = (name: string, source: string, fields: readonly Field[]): ChangeFeedPlan => ({
  kind: 'change_feed',
  name,
  layer: 'gold',
  comment: `The changes of ${source}`,
  source,
  schema: {
    name,
    fields: [...fields, ...fieldsOf({ [CHANGE.type]: string(), [CHANGE.version]: long(), [CHANGE.at]: timestamp() })],
  },
  version: 1,
  hash: '1',
});

const feeds: readonly ChangeFeedPlan[] = [
  feed('customer_changes', 'customers', customer),
  feed('daily_sales_changes', 'daily_sales', dailySales.schema.fields),
];
