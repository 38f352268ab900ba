import {
  csv,
  files,
  isoInstant,
  jsonLines,
  materializedView,
  nonEmpty,
  notNull,
  pipeline,
  positive,
  streamingTable,
} from '@medallion/pipeline';
import { decimal, int, list, long, row, string } from '@medallion/schema';

const RawCustomer = row('RawCustomer', {
  customer_id: long(),
  customer_name: string(),
  email: string(),
  updated_at: string('ISO-8601'),
});

const RawAddress = row('RawAddress', {
  customer_id: long('a customer has one address'),
  street: string(),
  city: string(),
  state: string(),
  zip_code: string(),
  updated_at: string('ISO-8601'),
});

const RawItem = row('RawItem', {
  product_id: string(),
  product_name: string(),
  quantity: int(),
  unit_price: decimal(10, 2),
});

const RawOrder = row('RawOrder', {
  order_id: string(),
  customer_id: long(),
  order_timestamp: string('ISO-8601'),
  status: string(),
  items: list(RawItem),
});

const audit = ['_rescued_data', 'ingestion_timestamp', 'ingestion_date', 'source_file', 'source_row'] as const;

// Bronze: each file once, as it landed.

export const bronzeCustomers = streamingTable('bronze_customers')
  .comment('Customers as they landed')
  .from(
    files('circuit-box/customers', {
      ...{ pattern: '*.json', format: jsonLines(RawCustomer), key: 'customer_id' },
      evolution: 'add_new_columns',
    }),
  )
  .identifies('customer', 'customer_id')
  .personal('customer_name', 'email');

export const bronzeAddresses = streamingTable('bronze_addresses')
  .comment('Addresses as they landed')
  .from(
    files('circuit-box/addresses', {
      ...{ pattern: '*.csv', format: csv(RawAddress), key: 'customer_id' },
      evolution: 'none',
    }),
  )
  .identifies('customer', 'customer_id')
  .personal('street');

export const bronzeOrders = streamingTable('bronze_orders')
  .comment('Orders with their items as they landed')
  .from(
    files('circuit-box/orders', {
      ...{ pattern: '*.json', format: jsonLines(RawOrder), key: 'order_id' },
      evolution: 'rescue',
    }),
  )
  .identifies('customer', 'customer_id');

// Silver: what is valid, with its customer, who may come later.

export const customersClean = streamingTable('silver_customers_clean')
  .comment('Valid customers')
  .from(bronzeCustomers)
  .expectOrQuarantine('valid_customer_id', 'customer_id', notNull)
  .expectOrQuarantine('valid_updated_at', 'updated_at', isoInstant)
  .personal('customer_name', 'email');

export const silverCustomers = streamingTable('silver_customers')
  .comment('Customers')
  .from(customersClean)
  .applyChanges({ keys: ['customer_id'], sequenceBy: 'updated_at', except: audit })
  .personal('customer_name', 'email');

export const addressesClean = streamingTable('silver_addresses_clean')
  .comment('Valid addresses')
  .from(bronzeAddresses)
  .expectOrQuarantine('valid_customer_id', 'customer_id', notNull)
  .expectOrQuarantine('valid_updated_at', 'updated_at', isoInstant)
  .personal('street');

const addresses = streamingTable('addresses_current')
  .comment('Addresses, one for each customer')
  .from(addressesClean)
  .layer('silver')
  .applyChanges({ keys: ['customer_id'], sequenceBy: 'updated_at', except: audit })
  .personal('street');

export const ordersClean = streamingTable('silver_orders_clean')
  .comment('Valid orders with their items')
  .from(bronzeOrders)
  .expectOrQuarantine('valid_order_id', 'order_id', nonEmpty)
  .expectOrQuarantine('valid_customer_id', 'customer_id', notNull)
  .expectOrQuarantine('valid_order_timestamp', 'order_timestamp', isoInstant);

const orders = streamingTable('orders_current')
  .comment('Orders, without their items')
  .from(ordersClean)
  .layer('silver')
  .applyChanges({ keys: ['order_id'], sequenceBy: 'order_timestamp', except: ['items', ...audit] });

/** What is taken over of a customer. A customer without a name is one too, so the id tells whether there is one. */
const customerColumns = { customer_id: 'found_customer_id', customer_name: 'customer_name' } as const;

export const silverAddresses = materializedView('silver_addresses')
  .comment('Addresses; an orphan is one of a customer who has not come yet')
  .from(addresses)
  .layer('silver')
  .leftJoin(silverCustomers, { on: 'customer_id', columns: customerColumns })
  .derive((c) => ({ is_orphan: c.boolean('found_customer_id IS NULL') }))
  .omit('found_customer_id')
  .personal('customer_name', 'street');

export const silverOrders = materializedView('silver_orders')
  .comment('Orders; an orphan is one of a customer who has not come yet')
  .from(orders)
  .layer('silver')
  .leftJoin(silverCustomers, { on: 'customer_id', columns: customerColumns })
  .derive((c) => ({ is_orphan: c.boolean('found_customer_id IS NULL') }))
  .omit('found_customer_id')
  .personal('customer_name');

export const itemsClean = streamingTable('silver_order_items_clean')
  .comment('Valid items of valid orders')
  .from(ordersClean)
  .omit('customer_id', 'status', ...audit)
  .explode('items', { position: 'item_number' })
  .expectOrQuarantine('valid_product_id', 'product_id', nonEmpty)
  .expectOrQuarantine('valid_quantity', 'quantity', positive)
  .expectOrQuarantine('valid_unit_price', 'unit_price', positive);

export const orderItems = streamingTable('silver_order_items')
  .comment('What was ordered: a row for each item of an order')
  .from(itemsClean)
  .applyChanges({ keys: ['order_id', 'item_number'], sequenceBy: 'order_timestamp' });

// Gold: who bought how much, where, when and what.

const orderLines = materializedView('gold_order_lines')
  .comment('Items with their order, customer and address')
  .from(orderItems)
  .derive((c) => ({ amount: c.nullable.decimal(15, 2, 'CAST(quantity * unit_price AS DECIMAL(15, 2))') }))
  .innerJoin(silverOrders, { on: 'order_id', columns: ['customer_id', 'customer_name', 'is_orphan'] })
  .leftJoin(silverAddresses, { on: 'customer_id', columns: ['street', 'city', 'state', 'zip_code'] })
  .personal('customer_name', 'street');

export const orderTotals = materializedView('gold_order_totals')
  .comment('What the items of each order add up to')
  .from(orderItems)
  .derive((c) => ({ amount: c.nullable.decimal(15, 2, 'CAST(quantity * unit_price AS DECIMAL(15, 2))') }))
  .groupBy('order_id')
  .aggregate((a) => ({ items: a.sum('quantity'), amount: a.sum('amount') }));

export const orderSummary = materializedView('gold_order_summary')
  .comment('Orders of each customer, with the address; an order without items is one too')
  .from(silverOrders)
  .where('NOT is_orphan')
  .leftJoin(silverAddresses, { on: 'customer_id', columns: ['street', 'city', 'state', 'zip_code'] })
  .leftJoin(orderTotals, { on: 'order_id', columns: ['items', 'amount'], otherwise: { items: 0, amount: 0 } })
  .groupBy('customer_id', 'customer_name', 'street', 'city', 'state', 'zip_code')
  .aggregate((a) => ({
    total_orders: a.count(),
    total_items: a.sum('items'),
    total_amount: a.sum('amount'),
    last_order_at: a.max('order_timestamp'),
  }))
  .personal('customer_name', 'street');

export const salesByState = materializedView('gold_sales_by_state')
  .comment('Sales by the state that customers live in; null where no address is known')
  .from(orderLines)
  .groupBy('state')
  .aggregate((a) => ({
    total_orders: a.countDistinct('order_id'),
    total_items: a.sum('quantity'),
    total_sales: a.sum('amount'),
  }));

export const salesByMonth = materializedView('gold_sales_by_month')
  .comment('Sales by month')
  .from(orderLines)
  .derive((c) => ({ month: c.date("DATE_TRUNC('month', CAST(order_timestamp AS DATE))") }))
  .groupBy('month')
  .aggregate((a) => ({
    total_orders: a.countDistinct('order_id'),
    total_items: a.sum('quantity'),
    total_sales: a.sum('amount'),
  }));

export const topProducts = materializedView('gold_top_products')
  .comment('Products by what they brought in: ORDER BY total_sales DESC')
  .from(orderLines)
  .groupBy('product_id', 'product_name')
  .aggregate((a) => ({
    total_orders: a.countDistinct('order_id'),
    total_quantity: a.sum('quantity'),
    total_sales: a.sum('amount'),
  }))
  .storage({ clusterBy: ['total_sales'] });

export default pipeline('circuit-box', {
  tables: [
    ...[bronzeCustomers, bronzeAddresses, bronzeOrders],
    ...[customersClean, silverCustomers, addressesClean, addresses, silverAddresses],
    ...[ordersClean, orders, silverOrders, itemsClean, orderItems],
    ...[orderLines, orderTotals, orderSummary, salesByState, salesByMonth, topProducts],
  ],
});
