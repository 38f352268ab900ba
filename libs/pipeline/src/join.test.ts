import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { long, row, string, timestamp } from '@medallion/schema';
import { json, minutes, notNull, pipeline, streamingTable, topic } from './index.ts';
import { columnsOf, isRefused, planOf, untyped } from './test/refused.ts';

const Customer = row('Customer', { customer_id: long(), name: string(), changed_at: timestamp() });
const rawCustomers = streamingTable('raw_customers').from(topic('c', { format: json(Customer), key: 'customer_id' }));
const changes = streamingTable('customers').from(rawCustomers).select('customer_id', 'name', 'changed_at');
const latest = changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at' });
const history = changes.applyChanges({ keys: ['customer_id'], sequenceBy: 'changed_at', storedAs: 2 });
const Order = row('Order', { id: string(), buyer: long(), customer_id: long(), note: string(), at: timestamp() });
const bronze = streamingTable('bronze').from(topic('o', { format: json(Order), key: 'id' }));
const orders = streamingTable('orders')
  .from(bronze)
  .select('id', 'buyer', 'customer_id', 'note', 'at', 'ingestion_timestamp');
const timed = orders.expectOrDrop('at', 'at', notNull).eventTime('at', { watermarkDelay: minutes(1) });
const all = [rawCustomers, bronze];

describe('a stream joined with a keyed table', () => {
  it('takes columns over; of a left join they may be null', () => {
    const left = orders.join(latest, { on: 'customer_id', type: 'left', columns: { name: 'customer_name' } });
    const plan = planOf('streaming_table', ...all, latest, left);
    const { columns, ...step } = plan.flows[0]!.steps.at(-1) as never as { columns: readonly { from: string }[] };
    assert.deepEqual(step, { kind: 'join', table: 'customers', mode: 'latest', type: 'left', on: ['customer_id'] });
    assert.deepEqual(columns, [
      { from: 'name', field: { name: 'customer_name', type: { kind: 'string' }, nullable: true } },
    ]);
    const never = orders.join(latest, { on: 'customer_id', type: 'left', columns: ['changed_at'] });
    assert.equal(columnsOf(planOf('streaming_table', ...all, latest, never)).at(-1), 'changed_at timestamp?');
    const inner = orders.join(latest, { on: { buyer: 'customer_id' }, type: 'inner', columns: ['changed_at'] });
    const added = planOf('streaming_table', ...all, latest, inner);
    assert.equal(columnsOf(added).at(-1), 'changed_at timestamp');
    const joined = added.flows[0]!.steps.at(-1);
    assert.ok(joined?.kind === 'join');
    assert.deepEqual(joined.on, ['buyer']);
  });

  it('sees the version that was valid at the event time', () => {
    const table = timed.join(history, { on: 'customer_id', mode: 'as of event time', type: 'left', columns: ['name'] });
    const step = planOf('streaming_table', ...all, history, table).flows[0]!.steps.at(-1);
    assert.ok(step?.kind === 'join' && step.mode === 'as_of');
  });

  it('comes after the table in the pipeline', () => {
    const table = orders.join(latest, { on: 'customer_id', type: 'left', columns: ['name'] });
    const names = pipeline('shop', { tables: [table, latest, bronze, rawCustomers] }).tables.map(({ name }) => name);
    assert.deepEqual(names, ['bronze', 'raw_customers', 'customers', 'orders']);
    isRefused([...all, table], /"orders": it reads "customers", which is not listed/);
  });

  it('is refused on other columns than the key, and on columns of another kind', () => {
    const options = { type: 'left', columns: ['name'] } as const;
    const refused = (on: unknown, ...messages: RegExp[]) =>
      isRefused([...all, latest, orders.join(latest, { ...options, on: untyped(on) })], ...messages);
    refused('note', /is on "note", and its key is "customer_id"; join on the whole key/);
    refused([], /is on , and its key is "customer_id"/);
    refused({ note: 'customer_id' }, /compares "note", string, with "customer_id", long/);
    refused({ nope: 'customer_id' }, /the join with "customers" names column "nope"/);
  });

  it('is refused for columns that are not there, taken or none', () => {
    const refused = (columns: unknown, ...messages: RegExp[]) =>
      isRefused(
        [...all, latest, untyped(orders.join(latest, { on: 'customer_id', type: 'left', columns: untyped(columns) }))],
        ...messages,
      );
    refused(['nope'], /takes over "nope", which "customers" does not have/);
    refused({ name: 'note' }, /column "note" is declared twice/);
    refused([], /takes over no column/);
  });

  it('is refused as of the event time where versions are not by time', () => {
    const Numbered = row('Numbered', { customer_id: long(), name: string(), version: long() });
    const numbered = streamingTable('numbered').from(topic('n', { format: json(Numbered), key: 'customer_id' }));
    const versions = streamingTable('versions')
      .from(numbered)
      .applyChanges({ keys: ['customer_id'], sequenceBy: 'version', storedAs: 2 });
    const options = { on: 'customer_id', mode: 'as of event time', type: 'left', columns: ['name'] } as const;
    isRefused([bronze, numbered, versions, timed.join(versions, options)], /versions of that are by "version", a long/);
  });

  it('is refused with what is no keyed table, and as of a time that nobody keeps', () => {
    const options = { on: 'customer_id', type: 'left', columns: ['name'] } as const;
    isRefused(
      [...all, orders.join(untyped(rawCustomers), untyped(options))],
      /joins "raw_customers", a streaming table/,
    );
    const asOf = { ...options, mode: 'as of event time' } as const;
    isRefused([...all, latest, timed.join(latest, asOf)], /of which only the newest rows are kept; store it with/);
    isRefused([...all, history, orders.join(history, untyped(asOf))], /as of the event time, and none is declared/);
  });
});
