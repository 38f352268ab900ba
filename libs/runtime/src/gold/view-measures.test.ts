import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, milliseconds } from '@medallion/core';
import type { MaterializedViewPlan } from '@medallion/pipeline';
import type { LogRecord } from '../ports/index.ts';
import { ViewMeasures } from './view-measures.ts';

const view: MaterializedViewPlan = {
  ...{ kind: 'materialized_view', name: 'v', layer: 'gold', comment: null, source: 's', version: 1, hash: '' },
  eventTime: { column: 'at', watermarkDelayMs: milliseconds(0) },
  window: {
    kind: 'hopping',
    ...{ sizeMs: milliseconds(5_000), advanceMs: milliseconds(3_000), graceMs: milliseconds(0) },
  },
  groupBy: [],
  aggregates: [
    {
      ...{ name: 'events', kind: 'count', column: null, input: null, where: null },
      result: { name: 'events', type: { kind: 'long' }, nullable: false },
    },
  ],
  columns: [],
  schema: { name: 'v', fields: [] },
  governance: { tags: {}, personal: [] },
};
const record: LogRecord = { offset: 7, key: null, value: null, headers: {}, timestamp: instant(0) } as never;

const judged = (at: number, closedThrough: number) => {
  const measures = new ViewMeasures();
  const outcome = measures.add(view, {
    ...{ at: { topic: 't', partition: 0 }, record, row: { at }, eventTime: instant(at) },
    closedThrough: instant(closedThrough),
  });
  return {
    outcome,
    late: measures.late.map((row) => [row.windowStart, row.windowEnd, row.latenessMs]),
    counted: [...measures.deltas().values()].flat().map((delta) => [delta.windowStart, delta.windowEnd]),
  };
};

test('H2 a row counts in the windows that are open, and is late for each that is closed', () => {
  const [first, second] = [
    [0, 5_000],
    [3_000, 8_000],
  ] as const;
  assert.deepEqual(judged(4_000, 4_999), { outcome: 'accepted', late: [], counted: [first, second] });
  assert.deepEqual(judged(4_000, 5_000), { outcome: 'accepted', late: [[...first, 1_000]], counted: [second] });
  assert.deepEqual(judged(4_000, 8_000), {
    ...{ outcome: 'late', counted: [] },
    late: [
      [...first, 4_000],
      [...second, 4_000],
    ],
  });
});
