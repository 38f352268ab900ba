import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes, seconds } from '@medallion/core';
import { isoInstant, json, pipeline, streamingTable, topic } from '@medallion/pipeline';
import { int, row, string } from '@medallion/schema';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** A table that refuses repetitions and joins with another: its flow writes in terms. */

const ORDERS = 'raw.orders';
const CUSTOMERS = 'raw.customers';
const RawOrder = row('RawOrder', { id: string(), customer: string(), at: string() });
const RawCustomer = row('RawCustomer', { customer: string(), name: string(), version: int() });

const orders = streamingTable('orders').from(topic(ORDERS, { format: json(RawOrder), key: 'id' }));
const changes = streamingTable('changes').from(topic(CUSTOMERS, { format: json(RawCustomer), key: 'customer' }));
const customers = streamingTable('customers')
  .from(changes)
  .applyChanges({ keys: ['customer'], sequenceBy: 'version', storedAs: 1 });
const enriched = streamingTable('enriched')
  .from(orders)
  .expectOrQuarantine('valid_at', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: seconds(30) })
  .dedupe({ by: 'id', within: minutes(10) })
  .join(customers, { on: 'customer', columns: ['name'], type: 'left', mode: 'latest' });
const shop = pipeline('shop', { tables: [orders, changes, customers, enriched] });

const order = (n: number) => ({ id: `o${n}`, customer: 'c', at: `2026-11-22T10:00:0${n}.000Z` });

test('D6 P10 what was accepted in a term that is over is remembered, however often the flow starts again', async () => {
  const engine = new MemoryEngine(shop, { [ORDERS]: 1, [CUSTOMERS]: 1 });
  try {
    engine.start('bronze');
    let sent = 0;
    const taken = async (...numbers: readonly number[]): Promise<void> => {
      const silver = engine.start('silver');
      sent += numbers.length;
      await engine.send(ORDERS, 0, numbers.map(order));
      await soon(`${sent} orders`, () => engine.checkpointed('enriched') === sent);
      await silver.stop();
    };
    await taken(1, 2, 3);
    await taken(4);
    await taken(5);
    await taken(1, 2, 3, 4, 5, 6);
    const ids = engine
      .records('shop.enriched')
      .filter(({ value }) => value !== null)
      .map(({ headers }) => String(headers.src));
    assert.deepEqual(
      ids,
      [0, 1, 2, 3, 4, 10].map((n) => `enriched:0:${n}:0`),
    );
  } finally {
    await engine.stop();
  }
});
