import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RawRecord } from './raw-delivery.ts';
import { type Expected, santaOracle } from './santa-oracle.ts';
import type { GoldRow, ViewName } from './views.ts';

// The oracle is trusted because each of its sentences is checked here against a case worked out by hand.

type Event = Readonly<Record<string, unknown>>;

const EVENING = '2025-12-24T';
const NOW = Date.parse('2026-01-01T00:00:00Z');
const at = (time: string): number => Date.parse(`${EVENING}${time}.000Z`);

const paris: Event = {
  event_id: 'e',
  delivery_id: 'd',
  city: 'Paris',
  country: 'France',
  region: 'Europe',
  latitude: 48.5,
  longitude: 2.5,
  gift_type: 'toys',
  gift_count: 2,
  status: 'delivered',
  weather: 'rain',
  distance_km: 100,
  delivery_time_minutes: 12,
  sleigh_id: 's',
  route_variant: 'A',
};

let ids = 0;
/** An event at that time of the evening, valid and with an id of its own unless `change` says otherwise. */
const event = (time: string, change: Event = {}): Event => ({
  ...paris,
  event_id: `e${ids++}`,
  timestamp: `${EVENING}${time}.000Z`,
  ...change,
});

type Value = Event | string | Buffer | null;
const bytes = (value: Value): Buffer | null =>
  value === null || Buffer.isBuffer(value)
    ? value
    : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** Records of partition 0, 1 … in order. */
function judge(...partitions: readonly (readonly Value[])[]): Expected {
  const records = partitions.flatMap((values, partition) =>
    values.map((value, offset): RawRecord => ({ partition, offset, key: Buffer.from('k'), value: bytes(value) })),
  );
  return santaOracle(records, { partitions: partitions.length, ingestedAt: NOW });
}

const rows = (expected: Expected, view: ViewName): readonly GoldRow[] => expected.gold.get(view)!;
const outcomes = (expected: Expected): string[] =>
  expected.quarantine.map(({ offset, outcome, rules }) => [offset, outcome, ...rules].join(' '));
const pick = (row: GoldRow | undefined, ...columns: string[]): unknown[] => columns.map((column) => row?.[column]);

describe('bronze', () => {
  test('what cannot be parsed at all is quarantined with its bytes', () => {
    const broken: Value[] = [
      null,
      '',
      '{"event_id":',
      '[]',
      '42',
      'null',
      '{"a":NaN}',
      Buffer.from([0x7b, 0xff, 0x7d]),
    ];
    const expected = judge(broken);
    assert.deepEqual(
      outcomes(expected),
      broken.map((_, offset) => `${offset} unparseable`),
    );
    assert.deepEqual(expected.quarantine[2]?.value, Buffer.from('{"event_id":'));
    assert.equal(expected.bronze.size, 0);
  });

  test('values that do not fit a declared type stay out of the column; extra fields change nothing', () => {
    const expected = judge([
      event('20:00:00', { city: 'Pa\u0000ris', weather: 3, distance_km: 'far', reindeer: ['Dasher'] }),
      `{"__proto__":{"gift_count":-1},${JSON.stringify(event('20:00:01')).slice(1)}`,
    ]);
    assert.deepEqual(outcomes(expected), []);
    assert.deepEqual(
      rows(expected, 'gold_top_cities')
        .map((row) => row.city)
        .sort(),
      ['Paris', null].sort(),
    );
  });
});

describe('silver', () => {
  test('every broken rule is named; null, a wrong type and a number out of range break the rules that look at them', () => {
    const expected = judge([
      event('20:00:00', { delivery_id: '', status: 'lost', gift_count: 0 }),
      event('20:00:00', { timestamp: '2025-02-29T20:00:00.000Z' }),
      event('20:00:00', { latitude: 90.0001 }),
      event('20:00:00', { longitude: null }),
      event('20:00:00', { gift_count: 2.5 }),
      JSON.stringify(event('20:00:00')).replace('"gift_count":2', '"gift_count":9007199254740993'),
      JSON.stringify(event('20:00:00')).replace('48.5', '1e999'),
      event('20:00:00', { latitude: -90, longitude: 180 }),
      {},
    ]);
    assert.deepEqual(outcomes(expected), [
      '0 violation valid_delivery_id valid_status positive_gift_count',
      '1 violation valid_timestamp',
      '2 violation valid_coordinates',
      '3 violation valid_coordinates',
      '4 violation positive_gift_count',
      '5 violation positive_gift_count',
      '6 violation valid_coordinates',
      '8 violation valid_delivery_id valid_timestamp valid_status valid_coordinates positive_gift_count',
    ]);
    const rule = expected.rules.find((each) => each.rule === 'positive_gift_count');
    assert.deepEqual(rule, { partition: 0, rule: 'positive_gift_count', judged: 9, failed: 4 });
  });

  test('a row more than an hour ahead of its ingestion is future and moves no watermark (W4)', () => {
    const hour = { timestamp: new Date(NOW + 3_600_000).toISOString() };
    const more = { timestamp: new Date(NOW + 3_600_001).toISOString() };
    assert.deepEqual(outcomes(judge([event('20:00:00', more), event('20:00:00')])), ['0 future']);
    assert.deepEqual(judge([event('20:00:00', more), event('20:00:00')]).watermarks, [at('19:55:00')]);
    assert.deepEqual(outcomes(judge([event('20:00:00', hour)])), []);
  });

  test('a duplicate was accepted before, not longer ago than ten minutes before the newest accepted event (D1, D2)', () => {
    const first = event('20:00:00');
    assert.deepEqual(outcomes(judge([first, event('20:10:00'), first])), ['2 duplicate']);
    const after = event('20:10:00', { timestamp: `${EVENING}20:10:00.001Z` });
    assert.deepEqual(outcomes(judge([first, after, first])), []);
  });

  test('partitions remember apart; rows without an id are never duplicates', () => {
    const first = event('20:00:00');
    assert.deepEqual(outcomes(judge([first], [first])), []);
    const nameless = event('20:00:00', { event_id: null });
    assert.deepEqual(outcomes(judge([nameless, nameless])), []);
  });

  test('what was quarantined is not remembered: it may come again in good order (D4)', () => {
    const bad = event('20:00:00', { status: 'lost' });
    assert.deepEqual(outcomes(judge([bad, { ...bad, status: 'delivered' }])), ['0 violation valid_status']);
  });
});

describe('gold', () => {
  test('windows are half-open and aligned to the epoch by floor (W1)', () => {
    const starts = rows(
      judge([event('20:00:00'), event('20:00:59'), event('20:01:00')]),
      'gold_delivery_summary_realtime',
    );
    assert.deepEqual(
      starts.map((row) => pick(row, 'window_start', 'window_end', 'events')),
      [
        [at('20:00:00'), at('20:01:00'), 2],
        [at('20:01:00'), at('20:02:00'), 1],
      ],
    );
  });

  test('a row behind the watermark whose window is open is not late; it is once the window ends at the watermark (W3)', () => {
    // Watermark after the first row: 20:07 − 5 min = 20:02.
    const expected = judge([event('20:07:00'), event('20:01:30')]);
    assert.deepEqual(
      expected.late.map(({ view, place, windowEnd, watermark }) => [view, place.offset, windowEnd, watermark]),
      [['gold_delivery_summary_realtime', 1, at('20:02:00'), at('20:02:00')]],
    );
    assert.equal(
      rows(expected, 'gold_delivery_by_region').find((row) => row.window_start === at('20:00:00'))?.events,
      1,
    );
    const before = judge([event('20:06:59'), event('20:01:30')]);
    assert.deepEqual(before.late, []);
  });

  test('lateness is judged by the watermark of the row’s own partition, which late rows do not move back (W2, W3)', () => {
    const expected = judge([event('20:30:00'), event('20:00:00')], [event('20:00:00')]);
    assert.deepEqual(new Set(expected.late.map((row) => row.place.partition)), new Set([0]));
    assert.deepEqual(expected.watermarks, [at('20:25:00'), at('19:55:00')]);
  });

  test('a window is final once its end is at or before the least watermark of all partitions (W5)', () => {
    const final = (expected: Expected) =>
      rows(expected, 'gold_delivery_summary_realtime').map((row) => [row.window_start, row.is_final]);
    assert.deepEqual(final(judge([event('20:00:00'), event('20:06:00')], [event('20:06:00')])), [
      [at('20:00:00'), true],
      [at('20:06:00'), false],
    ]);
    assert.deepEqual(final(judge([event('20:00:00'), event('20:06:00')], [event('20:05:59')]))[0], [
      at('20:00:00'),
      false,
    ]);
    assert.deepEqual(final(judge([event('20:00:00'), event('20:06:00')], []))[0], [at('20:00:00'), false]);
  });

  test('measures: counts by status, rates over delivered and delayed, gifts of the delivered, means of what is known', () => {
    const expected = judge([
      event('20:00:00', { gift_count: 5 }),
      event('20:00:01', { status: 'delayed', delivery_time_minutes: 18, weather: 'blizzard', city: 'Rome' }),
      event('20:00:02', { status: 'en_route', delivery_time_minutes: 0, weather: null, city: null }),
      event('20:00:03', { status: 'delivered', delivery_time_minutes: null }),
    ]);
    const [row] = rows(expected, 'gold_delivery_summary_realtime');
    assert.deepEqual(row, {
      window_start: at('20:00:00'),
      window_end: at('20:01:00'),
      events: 4,
      delivered_count: 2,
      delayed_count: 1,
      en_route_count: 1,
      success_rate: 2 / 3,
      delay_rate: 1 / 3,
      gifts_delivered: 7,
      avg_delivery_time_minutes: 10, // 12, 18 and 0
      avg_adjusted_delivery_time_minutes: 9.5, // 12 ÷ 1.2 and 18 ÷ 2; 0 has no weather
      avg_effective_speed_kmh: (500 + 100 / 0.3) / 2, // 100 km in 12 min and in 18 min; in 0 min: unknown
      active_cities: 2,
      is_final: false,
    });
  });

  test('rates are null where nothing was delivered or delayed', () => {
    const [row] = rows(judge([event('20:00:00', { status: 'en_route' })]), 'gold_delivery_summary_realtime');
    assert.deepEqual(pick(row, 'success_rate', 'delay_rate', 'gifts_delivered'), [null, null, 0]);
  });

  test('by region: five minutes, null is a group of its own (A3), distinct countries, mean place', () => {
    const expected = judge([
      event('20:00:00'),
      event('20:04:59', { country: 'Italy', latitude: 41.5, longitude: 12.5 }),
      event('20:04:59', { country: 'Italy', region: null }),
    ]);
    assert.deepEqual(
      rows(expected, 'gold_delivery_by_region').map((row) =>
        pick(row, 'region', 'events', 'countries', 'mean_latitude', 'mean_longitude'),
      ),
      [
        ['Europe', 2, 2, 45, 7.5],
        [null, 1, 1, 48.5, 2.5],
      ],
    );
  });

  test('by gift type: least and greatest delivery time', () => {
    const expected = judge([event('20:00:00'), event('20:00:01', { delivery_time_minutes: 3 })]);
    const [row] = rows(expected, 'gold_delivery_by_gift_type');
    assert.deepEqual(pick(row, 'gift_type', 'min_delivery_time_minutes', 'max_delivery_time_minutes'), ['toys', 3, 12]);
  });

  test('overall progress: totals since the start, and each weather', () => {
    const expected = judge([
      event('20:10:00', { status: 'delayed', weather: 'storm' }),
      event('20:09:59'),
      event('20:10:01', { gift_count: 9 }),
    ]);
    assert.deepEqual(
      rows(expected, 'gold_overall_progress').map((row) =>
        pick(row, 'window_start', 'total_events', 'total_delivered', 'total_delayed', 'total_gifts_delivered'),
      ),
      [
        [at('20:00:00'), 1, 1, 0, 2],
        [at('20:10:00'), 3, 2, 1, 11],
      ],
    );
    const second = rows(expected, 'gold_overall_progress')[1];
    assert.deepEqual(pick(second, 'events_storm', 'delayed_storm', 'events_rain', 'delayed_rain'), [1, 1, 1, 0]);
  });

  test('top cities: a group is city, country and place; equal measures share a rank and the next one is skipped', () => {
    const expected = judge([
      event('20:00:00', { city: 'A', gift_count: 3 }),
      event('20:00:01', { city: 'B', gift_count: 3 }),
      event('20:00:02', { city: 'C', gift_count: 1 }),
      event('20:14:59', { city: 'C', gift_count: 1 }),
      event('20:15:00', { city: 'C', country: 'Elsewhere' }),
    ]);
    assert.deepEqual(
      rows(expected, 'gold_top_cities').map((row) => pick(row, 'city', 'rank_by_gifts', 'rank_by_volume')),
      [
        ['A', 1, 2],
        ['B', 1, 2],
        ['C', 3, 1],
        ['C', 1, 1],
      ],
    );
  });
});

describe('counts', () => {
  test('every record leaves one trace in each layer that it reaches (I4)', () => {
    const first = event('20:30:00');
    const expected = judge([first, first, 'no', event('20:00:00'), event('20:30:00', { status: null })]);
    assert.deepEqual(
      expected.counts.filter(({ table }) => !table.startsWith('gold')).map((c) => [c.table, c.outcome, c.records]),
      [
        ['bronze_santa_deliveries', 'accepted', 4],
        ['silver_santa_deliveries', 'accepted', 2],
        ['silver_santa_deliveries', 'duplicate', 1],
        ['bronze_santa_deliveries', 'unparseable', 1],
        ['silver_santa_deliveries', 'violation', 1],
      ],
    );
    const summary = expected.counts.filter(({ table }) => table === 'gold_delivery_summary_realtime');
    assert.deepEqual(
      summary.map((c) => [c.outcome, c.records]),
      [
        ['accepted', 1],
        ['late', 1],
      ],
    );
    assert.deepEqual([expected.bronze.size, expected.silver.size], [4, 2]);
  });
});

test('G3 a row is nowhere in gold when an index of Postgres cannot hold its group, but where it is late for that view', () => {
  const long = { region: 'x'.repeat(2_701) };
  const refused = judge([event('20:00:00', long), event('20:00:30')]);
  assert.deepEqual([...refused.unstorable], ['0:0']);
  assert.deepEqual([...refused.silver], ['0:0', '0:1']);
  assert.deepEqual(
    rows(refused, 'gold_delivery_by_region').map((row) => pick(row, 'region', 'events')),
    [['Europe', 1]],
  );
  assert.deepEqual(
    rows(refused, 'gold_top_cities').map((row) => row.events),
    [1],
  );
  assert.equal(refused.watermarks[0], at('19:55:30'));
  // Ten minutes later the five minutes of the region are closed, the quarter of an hour of the city is not.
  const late = judge([event('20:10:00'), event('20:04:00', long)]);
  assert.deepEqual([...late.unstorable], []);
  assert.deepEqual(
    rows(late, 'gold_top_cities').map((row) => row.events),
    [2],
  );
});
