import {
  csv,
  files,
  isoInstant,
  json,
  jsonLines,
  materializedView,
  nonEmpty,
  notNull,
  oneOf,
  pipeline,
  positive,
  sql,
  streamingTable,
  topic,
} from '@medallion/pipeline';
import { decimal, int, long, row, string } from '@medallion/schema';

/** What every change says of itself. */
const change = {
  operation: string('UPSERT or DELETE'),
  changed_at: string('when it changed, ISO-8601; of two changes the later one counts'),
};

const RawCustomer = row('RawCustomer', {
  customer_id: long(),
  customer_name: string(),
  email: string(),
  segment: string(),
  ...change,
});

const RawAddress = row('RawAddress', {
  customer_id: long(),
  address_line: string(),
  city: string(),
  state: string(),
  zip_code: string(),
  ...change,
});

const RawOrder = row('RawOrder', {
  order_id: string(),
  customer_id: long(),
  item_count: int(),
  order_amount: decimal(12, 2),
  order_status: string(),
  ...change,
});

const fileAudit = ['_rescued_data', 'ingestion_timestamp', 'ingestion_date', 'source_file', 'source_row'] as const;
const topicAudit = [
  ...['_rescued_data', 'ingestion_timestamp', 'ingestion_date'],
  ...['source_topic', 'source_partition', 'source_offset'],
] as const;

// Customers: JSON lines, overwritten (SCD type 1).

export const bronzeCustomers = streamingTable('bronze_customers')
  .comment('Changes of customers as they landed')
  .from(
    files('lakeflow-customers/customers', { pattern: '*.json', format: jsonLines(RawCustomer), key: 'customer_id' }),
  )
  .identifies('customer', 'customer_id')
  .personal('customer_name', 'email');

export const customersClean = streamingTable('silver_customers_clean')
  .comment('Valid changes of customers')
  .from(bronzeCustomers)
  .constraint('CONSTRAINT valid_customer_id EXPECT (customer_id IS NOT NULL) ON VIOLATION DROP ROW')
  .constraint('CONSTRAINT valid_name EXPECT (LENGTH(TRIM(customer_name)) > 0) ON VIOLATION DROP ROW')
  .expect('valid_email', sql("email LIKE '%@%'"))
  .expectOrFail('valid_operation', 'operation', oneOf('UPSERT', 'DELETE'))
  .expectOrDrop('valid_changed_at', 'changed_at', isoInstant)
  .personal('customer_name', 'email');

export const customers = streamingTable('silver_customers')
  .comment('Customers as they are now')
  .from(customersClean)
  .applyChanges({
    keys: ['customer_id'],
    sequenceBy: 'changed_at',
    applyAsDeletes: "operation = 'DELETE'",
    storedAs: 1,
    except: ['operation', ...fileAudit],
  })
  .tags({ owner: 'customer care', contains: 'personal data' })
  .personal('customer_name', 'email')
  .commentOn({ email: 'where invoices go' });

// Addresses: CSV, with their history (SCD type 2).

export const bronzeAddresses = streamingTable('bronze_addresses')
  .comment('Changes of addresses as they landed')
  .from(files('lakeflow-customers/addresses', { pattern: '*.csv', format: csv(RawAddress), key: 'customer_id' }))
  .identifies('customer', 'customer_id')
  .personal('address_line');

export const addressesClean = streamingTable('silver_addresses_clean')
  .comment('Valid changes of addresses')
  .from(bronzeAddresses)
  .expectOrDrop('valid_customer_id', 'customer_id', notNull)
  .expectOrDrop('valid_city', 'city', nonEmpty)
  .expect('valid_zip_code', sql("zip_code LIKE '_____'"))
  .expectOrFail('valid_operation', 'operation', oneOf('UPSERT', 'DELETE'))
  .expectOrDrop('valid_changed_at', 'changed_at', isoInstant)
  .personal('address_line');

export const addresses = streamingTable('silver_addresses')
  .comment('Where customers lived, and from when to when')
  .from(addressesClean)
  .applyChanges({
    keys: ['customer_id'],
    sequenceBy: 'changed_at',
    applyAsDeletes: "operation = 'DELETE'",
    storedAs: 2,
    except: ['operation', ...fileAudit],
  })
  .personal('address_line');

// Orders: a topic of JSON, overwritten (SCD type 1).

export const bronzeOrders = streamingTable('bronze_orders')
  .comment('Changes of orders as they arrived')
  .from(topic('lakeflow.orders', { format: json(RawOrder), key: 'order_id' }))
  .identifies('customer', 'customer_id');

export const ordersClean = streamingTable('silver_orders_clean')
  .comment('Valid changes of orders')
  .from(bronzeOrders)
  .expectOrDrop('valid_order_id', 'order_id', nonEmpty)
  .expectOrDrop('valid_customer_id', sql('customer_id IS NOT NULL'))
  .expectOrDrop('valid_amount', 'order_amount', positive)
  .expect('valid_item_count', sql('item_count > 0'))
  .expectOrFail('valid_operation', 'operation', oneOf('UPSERT', 'DELETE'))
  .expectOrDrop('valid_changed_at', 'changed_at', isoInstant);

export const orders = streamingTable('silver_orders')
  .comment('Orders as they are now')
  .from(ordersClean)
  .applyChanges({
    keys: ['order_id'],
    sequenceBy: 'changed_at',
    applyAsDeletes: "operation = 'DELETE'",
    storedAs: 1,
    except: ['operation', ...topicAudit],
  });

// Gold: customers, where they live, and what they ordered.

export const customerOrders = materializedView('gold_customer_orders')
  .comment('Orders of each customer who has an address')
  .from(orders)
  .innerJoin(customers, { on: 'customer_id', columns: ['customer_name', 'email', 'segment'] })
  .innerJoin(addresses, { on: 'customer_id', columns: ['address_line', 'city', 'state', 'zip_code'] })
  .groupBy('customer_id', 'customer_name', 'email', 'segment', 'address_line', 'city', 'state', 'zip_code')
  .aggregate((a) => ({
    total_orders: a.count(),
    total_items_order: a.sum('item_count'),
    total_order_amount: a.sum('order_amount'),
  }))
  .tags({ owner: 'sales' })
  .personal('customer_name', 'email', 'address_line');

export default pipeline('lakeflow-customers', {
  tables: [
    ...[bronzeCustomers, customersClean, customers],
    ...[bronzeAddresses, addressesClean, addresses],
    ...[bronzeOrders, ordersClean, orders],
    customerOrders,
  ],
});
