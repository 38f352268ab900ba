import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '@medallion/core';
import { json, notNull, pipeline, positive, streamingTable, topic } from '@medallion/pipeline';
import { type EraseParts, type EraseRequest, erase, standsWhereExpected } from '@medallion/runtime';
import { int, long, row, string } from '@medallion/schema';
import { createMemoryCodecs, seeded } from '@medallion/testkit';
import { MemoryEngine } from './memory-engine.ts';
import { memoryErasures } from './memory-erasures.ts';
import { soon } from './soon.ts';

/** A pipeline in memory from which people are erased. */

export const RAW = 'raw';
const PARTITIONS = 2;

const Change = row('Change', { customer: long(), name: string(), amount: int(), at: long() });
export const bronze = streamingTable('bronze')
  .from(topic(RAW, { format: json(Change), key: 'customer' }))
  .identifies('customer', 'customer')
  .personal('name');
const clean = streamingTable('clean')
  .from(bronze)
  .expectOrQuarantine('paid', 'amount', positive)
  .expectOrQuarantine('known', 'customer', notNull)
  .expectOrQuarantine('timed', 'at', notNull)
  .select('customer', 'name', 'amount', 'at');
const current = streamingTable('current')
  .from(clean)
  .applyChanges({ keys: ['customer'], sequenceBy: 'at', applyAsDeletes: "name = 'gone'" });
const history = streamingTable('history')
  .from(clean)
  .applyChanges({ keys: ['customer'], sequenceBy: 'at', storedAs: 2 });
export const plan = pipeline('shop', { tables: [bronze, clean, current, history] });

type Given = { readonly customer: number; readonly name: string; readonly amount: number; readonly at: number };
export const change = (customer: number, at: number, amount = 1): Given => ({
  customer,
  name: `name ${customer}`,
  amount,
  at,
});

/** The engine of the test that runs. */
export let engine: MemoryEngine;

/** A new engine, empty. */
export function open(of = plan, seed = 1): MemoryEngine {
  engine = new MemoryEngine(of, { [RAW]: PARTITIONS }, seeded(seed));
  return engine;
}

export const start = (): void => {
  for (const layer of ['bronze', 'silver', 'gold'] as const) engine.start(layer);
};

/** Each customer's changes go to one partition. */
export async function send(changes: readonly Given[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++)
    await engine.send(
      RAW,
      partition,
      changes.filter(({ customer }) => customer % PARTITIONS === partition),
    );
}

const FLOWS = ['clean', 'current', 'history'] as const;
const inputOf = { clean: 'shop.bronze', current: 'shop.clean', history: 'shop.clean' } as const;

/** All that was sent is in all tables. */
export const settled = () =>
  soon('everything is read', () => {
    const read = engine.checkpointed('bronze') === engine.size(RAW);
    const flows = FLOWS.every((flow) => engine.checkpointed(flow) === engine.size(inputOf[flow]));
    const leases = engine.database.leases.every((at) => at.next === (engine.cluster.partition(at)?.high ?? 0));
    return read && flows && leases && engine.database.leases.length > 0;
  });

export const eraseNow = (id: number, over: Partial<EraseRequest> = {}, parts: Partial<EraseParts> = {}, of = plan) =>
  erase(
    {
      log: engine.log,
      codecs: createMemoryCodecs(engine.registry),
      store: memoryErasures(engine.database, of),
      truncation: {
        truncate: async (name, before) => {
          for (const [partition, offset] of before)
            engine.cluster.partition({ topic: name, partition })!.truncate(offset);
        },
      },
      now: systemClock.now,
      sleep: async () => void (await turn(undefined)),
      ...parts,
    },
    of,
    { subject: 'customer', id: String(id), by: 'ann', patienceMs: 120_000, ...over },
  );

/** The rows that stand in a changelog, by key. */
export async function standing(table: 'current' | 'history') {
  const name = `shop.${table}.changelog`;
  const { schema } = plan.tables.find((each) => each.name === table)!;
  const decoder = await createMemoryCodecs(engine.registry).decoder(name, schema);
  const rows = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [partition, log] of (engine.cluster.topic(name) ?? []).entries())
    for (const record of log.slice(0, log.high, Number.MAX_SAFE_INTEGER)) {
      if (!standsWhereExpected(record, table, { topic: name, partition })) continue;
      await decoder.prepare([record.value]);
      const decoded = record.value === null ? null : decoder.decode(record.value);
      if (decoded === null) rows.delete(String(record.key));
      else if ('row' in decoded) rows.set(String(record.key), decoded.row);
    }
  return [...rows.values()];
}

export const customersIn = (rows: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] =>
  [...new Set(rows.map(({ customer }) => customer))].sort();
