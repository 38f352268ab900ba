import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportedSeries, unknownIn } from './exported.ts';
import { namedIn } from './promql.ts';

test('metrics, matchers and grouping labels of an expression are found, functions and words are not', () => {
  const named = namedIn(`
    sum by (job, le) (rate(a_bucket{job=~"x|y", le="0.5"}[5m] offset 10m)) / on (slo) group_left () b:c:d > bool 0.5e3
    or vector(0) unless label_replace(up, "to", "{z}", "from", "") * $factor + rate(plain[$__rate_interval])`);
  assert.deepEqual(named.metrics, [
    { name: 'a_bucket', matchers: ['job', 'le'] },
    { name: 'b:c:d', matchers: [] },
    { name: 'up', matchers: [] },
    { name: 'plain', matchers: [] },
  ]);
  assert.deepEqual(named.grouping, ['job', 'le', 'slo']);
});

test('what nobody exports is named: a metric, a label in a matcher, a label to group by', () => {
  const series = exportedSeries();
  const wrong = (expression: string) => unknownIn(expression, series);
  assert.deepEqual(wrong('sum by (job, table) (rate(medallion_records_in_total{pipeline="x"}[5m]))'), []);
  assert.deepEqual(wrong('medallion_records_total'), ['no service exports medallion_records_total']);
  assert.deepEqual(wrong('medallion_flow_up{topic="x"}'), ['medallion_flow_up has no label topic']);
  assert.deepEqual(wrong('max by (topic) (medallion_flow_up)'), ['no series of the expression has a label topic']);
  assert.deepEqual(wrong('medallion_batch_seconds'), ['no service exports medallion_batch_seconds']);
  assert.deepEqual(wrong('rate(medallion_batch_seconds_bucket{le="1"}[5m])'), []);
});
