import {
  digits,
  drops,
  type Fields,
  instantOf,
  isFilled,
  isPositive,
  isThere,
  number,
  type Stream,
  text,
  warns,
} from './stream.ts';

/** What is the same of the three. */
const common = {
  leftOutAs: 'dropped',
  asked: (fields: Fields) => {
    const sequence = instantOf(fields.changed_at)!;
    return { sequence, row: { ...fields, changed_at: sequence }, isDelete: fields.operation === 'DELETE' };
  },
} as const;

const validOperation = drops('valid_operation', ({ operation }) => operation === 'UPSERT' || operation === 'DELETE');
const validChangedAt = drops('valid_changed_at', ({ changed_at }) => instantOf(changed_at) !== null);

export const customers: Stream = {
  ...common,
  bronze: 'bronze_customers',
  clean: 'silver_customers_clean',
  table: 'silver_customers',
  storedAs: 1,
  keys: ['customer_id'],
  columns: ['customer_id', 'customer_name', 'email', 'segment', 'changed_at'],
  tracked: [],
  partitionedBy: 'customer_id',
  rules: [
    drops('valid_customer_id', isThere('customer_id')),
    drops('valid_name', isFilled('customer_name')),
    warns('valid_email', ({ email }) => String(email ?? '').includes('@')),
    validOperation,
    validChangedAt,
  ],
  read: ({ customer_id, customer_name, email, segment, operation, changed_at }) => ({
    customer_id: number(customer_id),
    customer_name: text(customer_name),
    email: text(email),
    segment: text(segment),
    operation: text(operation),
    changed_at: text(changed_at),
  }),
};

export const addresses: Stream = {
  ...common,
  bronze: 'bronze_addresses',
  clean: 'silver_addresses_clean',
  table: 'silver_addresses',
  storedAs: 2,
  keys: ['customer_id'],
  columns: ['customer_id', 'address_line', 'city', 'state', 'zip_code', 'changed_at'],
  tracked: ['address_line', 'city', 'state', 'zip_code'],
  partitionedBy: 'customer_id',
  rules: [
    drops('valid_customer_id', isThere('customer_id')),
    drops('valid_city', ({ city }) => city !== null && city !== ''),
    warns('valid_zip_code', ({ zip_code }) => String(zip_code ?? '').length === 5),
    validOperation,
    validChangedAt,
  ],
  read: ({ customer_id, address_line, city, state, zip_code, operation, changed_at }) => ({
    customer_id: digits(customer_id),
    address_line: text(address_line),
    city: text(city),
    state: text(state),
    zip_code: text(zip_code),
    operation: text(operation),
    changed_at: text(changed_at),
  }),
};

export const orders: Stream = {
  ...common,
  bronze: 'bronze_orders',
  clean: 'silver_orders_clean',
  table: 'silver_orders',
  storedAs: 1,
  keys: ['order_id'],
  columns: ['order_id', 'customer_id', 'item_count', 'order_amount', 'order_status', 'changed_at'],
  tracked: [],
  partitionedBy: 'order_id',
  rules: [
    drops('valid_order_id', ({ order_id }) => order_id !== null && order_id !== ''),
    drops('valid_customer_id', isThere('customer_id')),
    drops('valid_amount', isPositive('order_amount')),
    warns('valid_item_count', isPositive('item_count')),
    validOperation,
    validChangedAt,
  ],
  read: ({ order_id, customer_id, item_count, order_amount, order_status, operation, changed_at }) => ({
    order_id: text(order_id),
    customer_id: number(customer_id),
    item_count: number(item_count),
    order_amount: number(order_amount),
    order_status: text(order_status),
    operation: text(operation),
    changed_at: text(changed_at),
  }),
};

export const STREAMS: readonly Stream[] = [customers, addresses, orders];
