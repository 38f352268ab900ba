import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Delivery } from '../../contract/index.ts';
import { DeliveryStream } from './stream.ts';

const SHOWN = 20;
const deliveryOf = (id: string): Delivery => ({
  ...{ id, deliveryId: null, at: null, arrivedAt: '2025-12-24T10:00:00.000Z', city: null, country: null },
  ...{ region: null, giftType: null, gifts: null, status: null, weather: null },
});

/** Events with their times of arrival, as a table that is asked for its newest. */
const newestOf = (arrived: readonly { readonly id: string; readonly at: number }[]) => ({
  newest: arrived
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
    .slice(0, SHOWN)
    .map(({ id }) => deliveryOf(id)),
  arrived: arrived.length,
});

test('whatever comes, and however late, every event is sent once or counted as left out', () => {
  // Partitions are committed apart, so that what comes may be older than what was there.
  const rounds = fc.array(fc.array(fc.integer({ min: -50, max: 0 }), { maxLength: 60 }), { maxLength: 12 });
  fc.assert(
    fc.property(rounds, (all) => {
      const stream = new DeliveryStream();
      const table = Array.from({ length: 5 }, (_, i) => ({ id: `old${i}`, at: -1_000 + i }));
      const first = stream.next(newestOf(table));
      assert.deepEqual(first, { deliveries: newestOf(table).newest, skipped: 0 });
      const sent = new Set(first!.deliveries.map(({ id }) => id));
      for (const [round, ages] of all.entries()) {
        const come = ages.map((age, i) => ({ id: `${round}:${i}`, at: round * 10 + age }));
        table.push(...come);
        const told = stream.next(newestOf(table));
        if (come.length === 0) assert.equal(told, null);
        else {
          assert.equal(told!.deliveries.length + told!.skipped, come.length);
          for (const { id } of told!.deliveries) {
            assert.ok(!sent.has(id), `${id} twice`);
            assert.ok(id.startsWith(`${round}:`), `${id} came before`);
            sent.add(id);
          }
        }
      }
    }),
  );
});

test('a table that was made anew is told from the start', () => {
  const stream = new DeliveryStream();
  stream.next({ newest: [deliveryOf('1')], arrived: 100 });
  assert.deepEqual(stream.next({ newest: [deliveryOf('2')], arrived: 1 }), {
    ...{ deliveries: [deliveryOf('2')], skipped: 0 },
  });
});

test('rows that take the place of erased ones are not told as new', () => {
  const stream = new DeliveryStream();
  stream.next({ newest: [deliveryOf('3'), deliveryOf('2')], arrived: 3 });
  assert.equal(stream.next({ newest: [deliveryOf('2'), deliveryOf('1')], arrived: 3 }), null);
  assert.deepEqual(stream.next({ newest: [deliveryOf('4'), deliveryOf('1')], arrived: 4 })!.deliveries, [
    deliveryOf('4'),
  ]);
});
