import { contentHash } from '@medallion/operators';
import type { ChangeByKey } from './changes-by-key.ts';

/** The fields of a row as its columns hold them: what does not fit its column is null. */
export type Fields = Readonly<Record<string, string | number | null>>;

/** A rule, and whether a row that breaks it is dropped or only warned of. */
type Rule = { readonly name: string; readonly drops: boolean; readonly holds: (row: Fields) => boolean };

/** One of the three ways from raw changes to a table by key. */
export type Stream = {
  readonly bronze: string;
  readonly clean: string;
  readonly table: string;
  readonly storedAs: 1 | 2;
  readonly keys: readonly string[];
  /** Those of the table, without the validity of versions. */
  readonly columns: readonly string[];
  /** Those whose new values begin a version. */
  readonly tracked: readonly string[];
  /** The column by whose value rows are kept together. */
  readonly partitionedBy: string;
  readonly rules: readonly Rule[];
  readonly read: (value: Readonly<Record<string, unknown>>) => Fields;
};

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
/** A whole number in a file of texts. */
const digits = (value: unknown): number | null =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : null;
const instantOf = (value: string | number | null | undefined): number | null =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) ? Date.parse(value) : null;

const drops = (name: string, holds: Rule['holds']): Rule => ({ name, drops: true, holds });
const warns = (name: string, holds: Rule['holds']): Rule => ({ name, drops: false, holds });
const isThere = (name: string) => (row: Fields) => row[name] !== null;
const isFilled = (name: string) => (row: Fields) => String(row[name] ?? '').trim() !== '';
const isPositive = (name: string) => (row: Fields) => Number(row[name] ?? 0) > 0;
const validOperation = drops('valid_operation', ({ operation }) => operation === 'UPSERT' || operation === 'DELETE');
const validChangedAt = drops('valid_changed_at', ({ changed_at }) => instantOf(changed_at) !== null);

export const customers: Stream = {
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

/** The names of the rules that a row breaks. */
export const brokenBy = ({ rules }: Stream, row: Fields): readonly string[] =>
  rules.filter(({ holds }) => !holds(row)).map(({ name }) => name);

/** Whether a row that breaks these is not in its clean table. */
export const isDropped = ({ rules }: Stream, broken: readonly string[]): boolean =>
  rules.some((rule) => rule.drops && broken.includes(rule.name));

/** What a row of a clean table does to its table by key. */
export function changeOf(stream: Stream, fields: Fields): ChangeByKey<Fields> {
  const sequence = instantOf(fields.changed_at)!;
  const row = Object.fromEntries(
    stream.columns.map((name) => [name, name === 'changed_at' ? sequence : (fields[name] ?? null)]),
  );
  return {
    key: JSON.stringify(stream.keys.map((name) => row[name])),
    sequence,
    row: fields.operation === 'DELETE' ? null : row,
    // Which of two equal sequences counts is arbitrary: this is the rule.
    content: contentHash(stream.columns)(row),
  };
}
