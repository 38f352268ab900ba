import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Series } from '../api/contract.ts';
import { chartOfRows, chartOfSeries, greatest, MOST_LINES } from './chart-of.ts';

const at = (minute: number): string => `2026-12-24T12:${String(minute).padStart(2, '0')}:00.000Z`;
const asOf = { version: '1', readAt: at(9), committedAt: null, watermark: null };

test('rows become lines over time, in the order of time', () => {
  const chart = chartOfRows({ kind: 'line', x: 'w', y: ['events', 'gifts'], series: null }, [
    { w: at(2), events: 3, gifts: '7', is_final: false },
    { w: at(1), events: 1, gifts: null, is_final: true },
  ]);
  assert.deepEqual(chart, {
    kind: 'line',
    measure: 'events',
    x: [Date.parse(at(1)), Date.parse(at(2))],
    final: [true, false],
    lines: [
      { label: 'Events', values: [1, 3] },
      { label: 'Gifts', values: [null, 7] },
    ],
  });
});

test('a line for each value of the series column; where it has no row there is a gap', () => {
  const chart = chartOfRows({ kind: 'line', x: 'w', y: ['events'], series: 'region' }, [
    { w: at(1), region: 'Asia', events: 1 },
    { w: at(2), region: 'Asia', events: 2 },
    { w: at(2), region: null, events: 5 },
  ]);
  assert.ok(chart?.kind === 'line');
  assert.equal(chart.final, null);
  assert.deepEqual(chart.lines, [
    { label: 'Asia', values: [1, 2] },
    { label: '(none)', values: [null, 5] },
  ]);
});

test('a window is provisional as long as one of its rows is', () => {
  const rows = [
    { w: at(1), region: 'Asia', events: 1, is_final: true },
    { w: at(1), region: 'Europe', events: 1, is_final: false },
  ];
  const chart = chartOfRows({ kind: 'line', x: 'w', y: ['events'], series: 'region' }, rows);
  assert.ok(chart?.kind === 'line');
  assert.deepEqual(chart.final, [false]);
});

test('bars keep the order of the rows', () => {
  const rows = [
    { city: 'Oslo', country: 'Norway', gifts: 9 },
    { city: 'Rome', country: 'Italy', gifts: 12 },
  ];
  assert.deepEqual(chartOfRows({ kind: 'bar', x: 'city', y: ['gifts'], series: 'country' }, rows), {
    kind: 'bar',
    measure: 'gifts',
    bars: [
      { name: 'Oslo, Norway', value: 9 },
      { name: 'Rome, Italy', value: 12 },
    ],
  });
});

test('what is best seen as a table is not drawn', () => {
  assert.equal(chartOfRows({ kind: 'table', x: null, y: [], series: null }, [{ a: 1 }]), null);
});

test('no more lines than can be told apart: the greatest, in the order that they had', () => {
  const lines = Array.from({ length: 10 }, (_, index) => ({ label: String(index), values: [index, null] }));
  assert.deepEqual(
    greatest(lines).map((line) => line.label),
    ['3', '4', '5', '6', '7', '8', '9'],
  );
  assert.equal(greatest(lines).length, MOST_LINES);
});

test('a series over time is lines, one by group is bars, and an empty one is nothing', () => {
  const series: Series = {
    asOf,
    axis: 'time',
    x: [at(1), at(2)],
    final: [true, false],
    lines: [{ name: 'events', group: 'Asia', values: [1, 2] }],
  };
  const over = chartOfSeries(series);
  assert.ok(over?.kind === 'line');
  assert.deepEqual(over.lines, [{ label: 'Asia', values: [1, 2] }]);
  const groups = chartOfSeries({ ...series, axis: 'group', x: ['a', 'b'], final: null });
  assert.deepEqual(groups, {
    kind: 'bar',
    measure: 'events',
    bars: [
      { name: 'a', value: 1 },
      { name: 'b', value: 2 },
    ],
  });
  assert.equal(chartOfSeries({ ...series, x: [] }), null);
  assert.equal(chartOfSeries({ ...series, lines: [] }), null);
});
