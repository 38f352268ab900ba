import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AUDIT, type JoinPlan } from '@medallion/pipeline';
import { TERM_HEADER } from '@medallion/runtime';
import { seeded } from '@medallion/testkit';
import fc from 'fast-check';
import {
  field,
  flow,
  keyedTable,
  pipelineOf,
  rule,
  schemaOf,
  streamingTable,
} from '../../libs/runtime/src/fixtures/plans.ts';
import { MemoryEngine } from '../support/memory-engine.ts';
import { soon } from '../support/soon.ts';

/** Streams joined with keyed tables, on ports in memory, through the code that the services run. */

const ORDERS = 'raw.orders';
const CHANGES = 'raw.customers';
const PARTITIONS = 2;

const id = field('id', 'string');
const customer = field('customer', 'string');
const name = field('name', 'string');
const sequence = field('sequence', 'long');
const audit = [field(AUDIT.rescued, 'string'), field(AUDIT.ingestedAt, 'timestamp'), field(AUDIT.offset, 'long')];
const inputOf = (table: string, topic: string, ...fields: readonly ReturnType<typeof field>[]) =>
  streamingTable('shop', table, schemaOf(...fields, ...audit), [flow(table, { topic, declared: schemaOf(...fields) })]);

const orders = inputOf('orders', ORDERS, id, customer);
const changes = inputOf('changes', CHANGES, id, name, sequence);
const customers = keyedTable('shop', 'customers', schemaOf(id, name, sequence), 'changes', { sequenceBy: 'sequence' });
const join: JoinPlan = {
  kind: 'join',
  table: 'customers',
  mode: 'latest',
  type: 'left',
  on: ['customer'],
  columns: [{ from: 'name', field: { ...name, name: 'customer_name' } }],
};
const enrichedSchema = schemaOf(id, customer, { ...name, name: 'customer_name' });
const enriched = (type: 'left' | 'inner') =>
  streamingTable('shop', `enriched_${type}`, enrichedSchema, [
    flow(`enriched_${type}`, { table: 'orders' }, [{ ...join, type }]),
  ]);
const [left, inner] = [enriched('left'), enriched('inner')];
const shop = pipelineOf('shop', [orders, changes, customers, left, inner]);

const keyed = (values: readonly { readonly id: string }[]) => values;

test('J1 J2 rows that come after the table was read find its rows, whatever is lost and repeated meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const random = seeded(seed);
      const engine = new MemoryEngine(shop, { [ORDERS]: PARTITIONS, [CHANGES]: PARTITIONS }, random);
      try {
        engine.faults = true;
        engine.start('bronze');
        const count = 10 + Math.floor(random() * 30);
        for (let partition = 0; partition < PARTITIONS; partition++)
          await engine.send(
            CHANGES,
            partition,
            keyed(
              Array.from({ length: 3 * count }, (_, i) => {
                const n = 2 * (i % count) + partition;
                return { id: `c${n}`, name: `n${n} v${Math.floor(i / count)}`, sequence: i };
              }),
            ),
          );
        await soon('bronze', () => engine.checkpointed('changes') === 6 * count);
        // The table is complete when the flows that join with it start.
        await engine.start('silver', { until: 'caught up' }).done;
        let silver = engine.start('silver', { maxBatchBytes: 300 });
        const total = 60;
        await engine.send(
          ORDERS,
          0,
          Array.from({ length: total }, (_, i) => ({
            id: `o${i}`,
            customer: i % 5 === 4 ? 'nobody' : `c${i % count}`,
          })),
        );
        for (let i = 0; i < random() * 100; i++) await turn(undefined);
        await silver.stop();
        silver = engine.start('silver');
        engine.faults = false;
        await soon('bronze at the end', () => engine.checkpointed('orders') === total);
        await soon('the end', () =>
          ['enriched_left', 'enriched_inner'].every((each) => engine.checkpointed(each) === engine.size(orders.topic)),
        );
        const expected = Array.from({ length: total }, (_, i) => [`o${i}`, i % 5 === 4 ? null : `n${i % count} v2`]);
        const found = async (table: typeof left) =>
          (await engine.rows(table.topic, enrichedSchema)).map(({ row }) => [row.id, row.customer_name]);
        assert.deepEqual(await found(left), expected);
        assert.deepEqual(
          await found(inner),
          expected.filter(([, customerName]) => customerName !== null),
        );
      } finally {
        await engine.stop();
      }
    }),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 6), endOnFailure: true },
  );
});

test('J1 a change reaches the rows that are judged after it arrived, in every flow of the process', async () => {
  const engine = new MemoryEngine(shop, { [ORDERS]: PARTITIONS, [CHANGES]: PARTITIONS });
  try {
    engine.start('bronze');
    engine.start('silver');
    const names = async () => (await engine.rows(left.topic, enrichedSchema)).map(({ row }) => row.customer_name);
    for (const [i, change] of ['Ann', 'Anna', null].entries()) {
      if (change !== null) await engine.send(CHANGES, 1, [{ id: 'a', name: change, sequence: i }]);
      // It is followed within moments; orders come until one has seen the change.
      await soon(`${change} is seen`, async () => {
        await engine.send(ORDERS, 0, [{ id: `o${i}`, customer: change === null ? 'b' : 'a' }]);
        await soon('it is joined', () => engine.checkpointed('enriched_left') === engine.size(orders.topic));
        return (await names()).at(-1) === change;
      });
    }
    await soon('inner too', () => engine.checkpointed('enriched_inner') === engine.size(orders.topic));
    const joined = (await engine.rows(inner.topic, enrichedSchema)).map(({ row }) => row.customer_name);
    assert.ok(joined.includes('Ann') && joined.includes('Anna') && !joined.includes(null));
  } finally {
    await engine.stop();
  }
});

test('J1 no row is judged before the table was read, and the flow says that it is not ready', async () => {
  const engine = new MemoryEngine(shop, { [ORDERS]: PARTITIONS, [CHANGES]: PARTITIONS });
  const read = Promise.withResolvers<void>();
  try {
    engine.start('bronze');
    await engine.send(CHANGES, 1, [{ id: 'a', name: 'Ann', sequence: 1 }]);
    await engine.send(ORDERS, 0, [{ id: 'o1', customer: 'a' }]);
    await soon('bronze', () => engine.checkpointed('changes') === 1 && engine.checkpointed('orders') === 1);
    await engine.start('silver', { until: 'caught up' }, pipelineOf('shop', [orders, changes, customers])).done;

    engine.beforeRead = (topic) => (topic === customers.changelogTopic ? read.promise : Promise.resolve());
    engine.start('silver');
    await soon('it says so', () => {
      const condition = engine.conditions.get('enriched_left');
      return condition?.ok === false && condition.message.includes('enriched_left reads customers');
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(engine.size(left.topic), 0);
    read.resolve();
    await soon('it is joined', () => engine.checkpointed('enriched_left') === 1);
    const [joined] = await engine.rows(left.topic, enrichedSchema);
    assert.equal(joined?.row.customer_name, 'Ann');
    await soon('it says that it is ready', () => engine.conditions.get('enriched_left')?.ok === true);
  } finally {
    read.resolve();
    await engine.stop();
  }
});

const judged = streamingTable('shop', 'judged', enrichedSchema, [
  flow('judged', { table: 'orders' }, [
    join,
    {
      kind: 'judge',
      expectations: [rule('good', 'quarantine', ({ customer_name }) => String(customer_name).startsWith('good'))],
    },
  ]),
]);
const judgedShop = pipelineOf('shop', [orders, changes, customers, judged]);

const how = { maxBatchBytes: 600, checkpointEveryMs: 1 };

/** Customers become good and bad all the while, so that a record that is judged again is judged otherwise. */
async function judgedAnew(seed: number): Promise<void> {
  const random = seeded(seed);
  const engine = new MemoryEngine(judgedShop, { [ORDERS]: PARTITIONS, [CHANGES]: PARTITIONS }, random);
  try {
    engine.storedPercent = 20;
    engine.start('bronze');
    const known = ['a', 'b'].map((id) => ({ id, name: 'good', sequence: -1 }));
    await engine.send(CHANGES, 1, known);
    await soon('customers', () => engine.checkpointed('changes') === 2);
    await engine.start('silver', { until: 'caught up' }).done;
    let silver = engine.start('silver', how);
    const total = 200;
    for (let i = 0; i < total; i += 20) {
      await engine.send(
        ORDERS,
        0,
        Array.from({ length: 20 }, (_, k) => ({ id: `o${i + k}`, customer: random() < 0.5 ? 'a' : 'b' })),
      );
      const name = random() < 0.5 ? 'good' : 'bad';
      await engine.send(CHANGES, 1, [{ id: random() < 0.5 ? 'a' : 'b', name, sequence: i }]);
      engine.faults = random() < 0.8;
      await new Promise((resolve) => setTimeout(resolve, 6));
      if (random() < 0.4) {
        await silver.stop();
        silver = engine.start('silver', how);
      }
    }
    engine.faults = false;
    await soon('bronze at the end', () => engine.checkpointed('orders') === total);
    await soon('the end', () => engine.checkpointed('judged') === engine.size(orders.topic));
    const written = (await engine.rows(judged.topic, enrichedSchema)).map(({ src }) => src);
    const refused = engine.records(judged.quarantineTopic).map(({ headers }) => String(headers.src));
    assert.equal(new Set(written).intersection(new Set(refused)).size, 0, 'nothing is both a row and a trace');
    // What no reader would count is written nowhere else: of each coordinate in a log, one counts.
    const all = [judged.topic, judged.quarantineTopic].flatMap((topic) =>
      engine.cluster
        .topic(topic)!
        .flatMap((log) => log.slice(0, log.high, 1e9))
        .filter(({ headers }) => headers[TERM_HEADER.fence] === undefined)
        .map(({ headers }) => String(headers.src)),
    );
    assert.deepEqual([...new Set(all)].toSorted(), [...written, ...refused].toSorted());
    assert.equal(written.length + refused.length, total, 'and nothing is neither');
  } finally {
    await engine.stop();
  }
}

test('P9 J4 a record whose verdict depends on a keyed table that changes is a row or a trace, for good', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => judgedAnew(seed)),
    { numRuns: Number(process.env.INTEGRITY_RUNS ?? 8), endOnFailure: true },
  );
});
