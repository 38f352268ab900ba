import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { double, int, row, string, timestamp } from '@medallion/schema';
import type { AnyTable } from './declaration.ts';
import {
  json,
  type MaterializedViewPlan,
  materializedView,
  minutes,
  notNull,
  pipeline,
  streamingTable,
  topic,
  tumbling,
} from './index.ts';

const Raw = row('Raw', { id: string(), at: timestamp(), region: string(), pieces: int(), weight: double() });
const orders = streamingTable('orders')
  .from(topic('raw', { format: json(Raw), key: 'id' }))
  .expectOrDrop('at', 'at', notNull)
  .eventTime('at', { watermarkDelay: minutes(5) });
const windowed = materializedView('per_region')
  .from(orders)
  .windowedBy(tumbling(minutes(5), { grace: minutes(1) }));

const planOf = (view: AnyTable): MaterializedViewPlan => {
  const plan = pipeline('shop', { tables: [orders, view] }).tables[1];
  assert.ok(plan?.kind === 'materialized_view');
  return plan;
};

describe('a materialized view', () => {
  it('is gold and keeps source, window and event time', () => {
    const plan = planOf(
      windowed
        .aggregate((a) => ({ events: a.count() }))
        .comment('orders')
        .version(3),
    );
    assert.equal(plan.layer, 'gold');
    assert.equal(plan.source, 'orders');
    assert.deepEqual(plan.window, { kind: 'tumbling', sizeMs: minutes(5), graceMs: minutes(1) });
    assert.deepEqual(plan.eventTime, { column: 'at', watermarkDelayMs: minutes(5) });
    assert.deepEqual([plan.comment, plan.version], ['orders', 3]);
  });

  it('has the window, the group, the measures and the computed columns, in this order', () => {
    const plan = planOf(
      windowed
        .groupBy('region')
        .groupBy('id')
        .aggregate((a) => ({ events: a.count(), pieces: a.sum('pieces') }))
        .derive((v) => ({ mean: v.pieces.per(v.events) }))
        .rank({ place: 'pieces' })
        .cumulative({ so_far: 'events' }),
    );
    assert.deepEqual(
      plan.schema.fields.map((f) => `${f.name} ${f.type.kind}${f.nullable ? '?' : ''}`),
      [
        'window_start timestamp',
        'window_end timestamp',
        'region string?',
        'id string?',
        'events long',
        'pieces long',
        'mean double?',
        'place long',
        'so_far long',
      ],
    );
    assert.deepEqual(
      plan.columns.map((c) => c.kind),
      ['expression', 'rank', 'cumulative'],
    );
  });

  it('gives each measure the type of its result', () => {
    const plan = planOf(
      windowed.aggregate((a) => ({
        n: a.count(),
        whole: a.sum('pieces'),
        broken: a.sum('weight'),
        mean: a.avg('pieces'),
        least: a.min('pieces'),
        last: a.max('at'),
        regions: a.countDistinct('region'),
      })),
    );
    assert.deepEqual(
      plan.aggregates.map((a) => [
        a.kind,
        a.column,
        a.input?.kind ?? null,
        `${a.result.type.kind}${a.result.nullable ? '?' : ''}`,
      ]),
      [
        ['count', null, null, 'long'],
        ['sum', 'pieces', 'int', 'long'],
        ['sum', 'weight', 'double', 'double'],
        ['avg', 'pieces', 'int', 'double?'],
        ['min', 'pieces', 'int', 'int?'],
        ['max', 'at', 'timestamp', 'timestamp?'],
        ['count_distinct', 'region', 'string', 'long'],
      ],
    );
  });

  it('keeps filters as functions, with their source for people', () => {
    const plan = planOf(windowed.aggregate((a) => ({ all: a.count(), heavy: a.count((d) => (d.weight ?? 0) > 10) })));
    assert.equal(plan.aggregates[0]?.where, null);
    assert.equal(plan.aggregates[1]?.where?.text, '(d.weight ?? 0) > 10');
    assert.equal(plan.aggregates[1].where.test({ weight: 11 }), true);
  });

  it('keeps calculations as data', () => {
    const plan = planOf(
      windowed
        .aggregate((a) => ({ good: a.count(), bad: a.count() }))
        .derive((v) => ({ percent: v.good.per(v.good.plus(v.bad)).times(100).minus(1) })),
    );
    const column = plan.columns[0];
    assert.ok(column?.kind === 'expression');
    const good = { op: 'column', name: 'good' };
    const sum = { op: 'plus', left: good, right: { op: 'column', name: 'bad' } };
    const percent = { op: 'times', left: { op: 'per', left: good, right: sum }, right: { op: 'number', value: 100 } };
    assert.deepEqual(column.expression, { op: 'minus', left: percent, right: { op: 'number', value: 1 } });
  });
});
