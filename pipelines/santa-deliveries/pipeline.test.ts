import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it, describe as suite } from 'node:test';
import {
  describe,
  type MaterializedViewPlan,
  REJECTED,
  type StreamingTablePlan,
  type TablePlan,
} from '@medallion/pipeline';
import type { AnyRow, Value } from '@medallion/schema';
import santa from './pipeline.ts';

const find = (name: string): TablePlan => {
  const plan = santa.tables.find((table) => table.name === name);
  assert.ok(plan, name);
  return plan;
};
const silver = find('silver_santa_deliveries') as StreamingTablePlan;
const view = (name: string) => find(name) as MaterializedViewPlan;
const columns = (plan: TablePlan): readonly string[] => plan.schema.fields.map((field) => field.name);

/** What the steps of silver make of a bronze row that breaks no rule: judged values and derived columns. */
function enriched(bronze: AnyRow): AnyRow {
  const result = { ...bronze };
  for (const step of silver.flows[0]!.steps)
    if (step.kind === 'derive')
      for (const { field, compute } of step.columns) result[field.name] = compute(result) ?? null;
    else if (step.kind === 'judge')
      for (const { rule, name } of step.expectations) {
        assert.ok(rule.kind === 'columns');
        for (const { column, accept } of rule.columns) {
          const value = accept(result[column] ?? null);
          assert.ok(value !== REJECTED, name);
          result[column] = value;
        }
      }
  return result;
}
const delivery: AnyRow = {
  event_id: 'e1',
  delivery_id: 'd1',
  timestamp: '2026-12-24T18:31:02.003Z',
  latitude: 60.17,
  longitude: 24.94,
  status: 'delivered',
  gift_count: 3,
  weather: 'snow',
  distance_km: 5,
  delivery_time_minutes: 2.6,
};

suite('the Santa pipeline', () => {
  it('is described by the checked-in snapshot', () => {
    const snapshot = readFileSync(new URL('describe.snap.txt', import.meta.url), 'utf8');
    assert.equal(
      describe(santa),
      snapshot,
      'the pipeline changed: if that is meant, run `node pipelines/santa-deliveries/update-snapshot.ts` and commit the snapshot',
    );
  });

  it('has its seven tables, in the order of the data', () => {
    assert.deepEqual(
      santa.tables.map((table) => `${table.layer} ${table.name}`),
      [
        'bronze bronze_santa_deliveries',
        'silver silver_santa_deliveries',
        'gold gold_delivery_summary_realtime',
        'gold gold_delivery_by_region',
        'gold gold_delivery_by_gift_type',
        'gold gold_overall_progress',
        'gold gold_top_cities',
      ],
    );
  });

  it('derives when, how fast and in which weather', () => {
    const row = enriched(delivery);
    assert.equal(row.delivery_timestamp, Date.parse('2026-12-24T18:31:02.003Z'));
    assert.equal(row.delivery_date, Date.parse('2026-12-24T00:00:00.000Z') / 86_400_000);
    assert.deepEqual([row.delivery_hour, row.delivery_minute], [18, 31]);
    assert.deepEqual([row.is_delivered, row.is_delayed], [true, false]);
    assert.equal(row.effective_speed_kmh, 5 / (2.6 / 60));
    assert.equal(row.weather_impact_factor, 1.3);
    assert.equal(row.adjusted_delivery_time_minutes, 2.6 / 1.3);
    assert.deepEqual(
      Object.keys(row).filter((name) => !columns(silver).includes(name)),
      [],
    );
  });

  it('knows how much each weather slows a sleigh', () => {
    const factors = ['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard'].map(
      (weather) => enriched({ ...delivery, weather }).weather_impact_factor,
    );
    assert.deepEqual(factors, [1.0, 1.05, 1.2, 1.3, 1.6, 2.0]);
  });

  it('leaves null what cannot be computed', () => {
    const hostile = ['constructor', '__proto__', 'toString', 'hail', null];
    for (const weather of hostile) {
      const row = enriched({ ...delivery, weather });
      assert.equal(row.weather_impact_factor, null, String(weather));
      assert.equal(row.adjusted_delivery_time_minutes, null, String(weather));
    }
    const speed = (changes: Record<string, Value>) => enriched({ ...delivery, ...changes }).effective_speed_kmh;
    assert.equal(speed({ delivery_time_minutes: 0 }), null);
    assert.equal(speed({ delivery_time_minutes: null }), null);
    assert.equal(speed({ distance_km: null }), null);
    assert.equal(speed({ distance_km: 0, delivery_time_minutes: 0 }), null);
    assert.equal(speed({ distance_km: 1e308, delivery_time_minutes: 1e-300 }), null);
    assert.equal(speed({ distance_km: 0 }), 0);
  });

  it('counts and rates alike in all five views', () => {
    const common = [
      ...['events', 'delivered_count', 'delayed_count', 'en_route_count', 'success_rate', 'delay_rate'],
      ...['gifts_delivered', 'avg_delivery_time_minutes', 'avg_adjusted_delivery_time_minutes'],
      'avg_effective_speed_kmh',
    ];
    const own: Readonly<Record<string, readonly string[]>> = {
      gold_delivery_summary_realtime: ['active_cities'],
      gold_delivery_by_region: ['region', 'countries', 'mean_latitude', 'mean_longitude'],
      gold_delivery_by_gift_type: ['gift_type', 'min_delivery_time_minutes', 'max_delivery_time_minutes'],
      gold_overall_progress: [
        ...['total_events', 'total_delivered', 'total_delayed', 'total_gifts_delivered'],
        ...['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard'].flatMap((w) => [`events_${w}`, `delayed_${w}`]),
      ],
      gold_top_cities: ['city', 'country', 'latitude', 'longitude', 'rank_by_gifts', 'rank_by_volume'],
    };
    for (const [name, more] of Object.entries(own))
      assert.deepEqual(
        [...columns(view(name))].sort(),
        ['window_start', 'window_end', ...common, ...more].sort(),
        name,
      );
  });

  it('counts each weather and status by its own name', () => {
    const { aggregates } = view('gold_overall_progress');
    for (const weather of ['clear', 'cloudy', 'rain', 'snow', 'storm', 'blizzard']) {
      const row: AnyRow = { weather, is_delayed: true, is_delivered: false, status: 'delayed' };
      const counting = aggregates.filter((a) => a.kind === 'count' && (a.where?.test(row) ?? true)).map((a) => a.name);
      assert.deepEqual(counting, ['events', 'delayed_count', `events_${weather}`, `delayed_${weather}`]);
    }
  });
});
