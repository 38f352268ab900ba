import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testPipeline } from '@medallion/testkit';
import santa, { bronze, silver } from './pipeline.ts';
import { type Delivery, delivery } from './test/deliveries.ts';

const TOPIC = 'santa.deliveries.raw';
const ALL = ['valid_delivery_id', 'valid_timestamp', 'valid_status', 'valid_coordinates', 'positive_gift_count'];

/** The rules that each of these events breaks, in the order of the events. */
async function broken(events: readonly Delivery[]): Promise<readonly (readonly string[])[]> {
  const world = testPipeline(santa, { partitions: 1 });
  await world.given(TOPIC, events);
  const found = new Map<number, readonly string[]>();
  for (const { offset, outcome, violations, value } of await world.quarantine(silver)) {
    assert.equal(outcome, 'violation');
    assert.ok(value, 'a quarantined record keeps its bytes');
    found.set(
      offset,
      violations.map(({ expectation }) => expectation),
    );
  }
  assert.equal((await world.rows(bronze)).length, events.length, 'bronze keeps all');
  assert.equal((await world.rows(silver)).length, events.length - found.size);
  return events.map((_, offset) => found.get(offset) ?? []);
}

/** Each value of a field with whether it is valid; what is not breaks this rule and no other. */
async function judged(rule: string, cases: readonly (readonly [Delivery, boolean])[]): Promise<void> {
  const verdicts = await broken(cases.map(([change], i) => delivery(`e${i}`, change)));
  cases.forEach(([change, valid], i) => {
    assert.deepEqual(verdicts[i], valid ? [] : [rule], JSON.stringify(change));
  });
}

test('valid_delivery_id: text that is not empty', () =>
  judged('valid_delivery_id', [
    [{ delivery_id: 'd' }, true],
    [{ delivery_id: '0' }, true],
    [{ delivery_id: '' }, false],
    [{ delivery_id: null }, false],
    [{ delivery_id: undefined }, false],
    [{ delivery_id: { id: 'd' } }, false],
  ]));

test('valid_timestamp: an instant in ISO-8601, of a day and time that exist', () =>
  judged('valid_timestamp', [
    [{ timestamp: '2025-12-24T11:00:00.000Z' }, true],
    [{ timestamp: '2025-12-24T10:59:59.999Z' }, true],
    [{ timestamp: '2025-12-24T11:00:00Z' }, true],
    [{ timestamp: '2025-12-24T13:00:00+02:00' }, true],
    [{ timestamp: '2025-02-30T11:00:00.000Z' }, false],
    [{ timestamp: '2025-12-24T24:01:00.000Z' }, false],
    [{ timestamp: '2025-12-24' }, false],
    [{ timestamp: 'yesterday' }, false],
    [{ timestamp: '' }, false],
    [{ timestamp: 1_766_574_000_000 }, false],
    [{ timestamp: null }, false],
  ]));

test('valid_status: one of the three, as they are written', () =>
  judged('valid_status', [
    [{ status: 'en_route' }, true],
    [{ status: 'delivered' }, true],
    [{ status: 'delayed' }, true],
    [{ status: 'Delivered' }, false],
    [{ status: ' delivered' }, false],
    [{ status: 'lost' }, false],
    [{ status: 'constructor' }, false],
    [{ status: '' }, false],
    [{ status: null }, false],
  ]));

test('valid_coordinates: from pole to pole and around the globe, edges included', () =>
  judged('valid_coordinates', [
    [{ latitude: 90 }, true],
    [{ latitude: -90 }, true],
    [{ longitude: 180 }, true],
    [{ longitude: -180 }, true],
    [{ latitude: 0, longitude: 0 }, true],
    [{ latitude: 90.000001 }, false],
    [{ latitude: -90.000001 }, false],
    [{ longitude: 180.000001 }, false],
    [{ longitude: -181 }, false],
    [{ latitude: null }, false],
    [{ longitude: null }, false],
    [{ latitude: '60' }, false],
    [{ latitude: 91, longitude: 181 }, false],
  ]));

test('positive_gift_count: a whole number from 1 on', () =>
  judged('positive_gift_count', [
    [{ gift_count: 1 }, true],
    [{ gift_count: 2_147_483_647 }, true],
    [{ gift_count: 0 }, false],
    [{ gift_count: -1 }, false],
    [{ gift_count: 1.5 }, false],
    [{ gift_count: 2_147_483_648 }, false],
    [{ gift_count: 'many' }, false],
    [{ gift_count: null }, false],
  ]));

test('an event that breaks all five rules is in quarantine once, with all five', async () => {
  const worst = { delivery_id: '', timestamp: 'x', status: 'x', latitude: 99, gift_count: 0 };
  assert.deepEqual(await broken([delivery('e', worst)]), [ALL]);
});

test('an event with nothing but an unknown column breaks all five, and the column is rescued', async () => {
  const world = testPipeline(santa);
  await world.given(TOPIC, [{ color: 'red' }]);
  const [row] = await world.rows(bronze);
  assert.deepEqual(JSON.parse(row?._rescued_data as string), { color: 'red' });
  const [refused] = await world.quarantine(silver);
  assert.deepEqual(
    refused?.violations.map(({ expectation, action }) => [expectation, action]),
    ALL.map((rule) => [rule, 'quarantine']),
  );
});

test('what is no JSON object is in the quarantine of bronze with its bytes, and the rest flows', async () => {
  const world = testPipeline(santa, { partitions: 1 });
  await world.given(TOPIC, ['{"event_id"', '[]', '7', null, delivery('e')]);
  assert.deepEqual(
    (await world.quarantine(bronze)).map(({ outcome, value }) => [outcome, value?.toString() ?? null]),
    [
      ['unparseable', '{"event_id"'],
      ['unparseable', '[]'],
      ['unparseable', '7'],
      ['unparseable', null],
    ],
  );
  assert.equal((await world.rows(silver)).length, 1);
});

test('each rule judges every event, and the counts say so', async () => {
  const world = testPipeline(santa);
  await world.given(TOPIC, [
    delivery('a'),
    delivery('b', { gift_count: 0 }),
    delivery('c', { gift_count: 0, status: 'lost' }),
  ]);
  const counts = await world.quality(silver);
  assert.deepEqual(
    counts.map(({ rule, action, records, passed, failed, dropped }) => [
      ...[rule, action, records, passed, failed, dropped],
    ]),
    [
      ['positive_gift_count', 'quarantine', 3, 1, 2, 2],
      ['valid_coordinates', 'quarantine', 3, 3, 0, 0],
      ['valid_delivery_id', 'quarantine', 3, 3, 0, 0],
      ['valid_status', 'quarantine', 3, 2, 1, 1],
      ['valid_timestamp', 'quarantine', 3, 3, 0, 0],
    ],
  );
});
