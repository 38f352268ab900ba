import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, minutes } from '@medallion/core';
import type { Action, StepPlan } from '@medallion/pipeline';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { field, flow, rule, schemaOf, streamingTable } from '../fixtures/plans.ts';
import type { LogRecord } from '../ports/index.ts';
import { fromCheckpoint, startPosition, toCheckpoint } from '../protocol/checkpoint.ts';
import { fromTrace, warnedOf } from '../protocol/trace.ts';
import { rowReader } from './record-reader.ts';
import { TableTask, type TaskParts } from './table-task.ts';

const MINUTE = minutes(1);
const at = { topic: 'shop.orders', partition: 1 };
const reader = rowReader({
  prepare: async () => {},
  decode: (value) => ({ row: JSON.parse(String(value)) as AnyRow }),
});
const encoder = { encode: (row: AnyRow) => Buffer.from(JSON.stringify(row)) };

function taskOf(steps: readonly StepPlan[], position = startPosition(), parts: Partial<TaskParts> = {}) {
  const eventTime = { column: 'at', watermarkDelayMs: MINUTE };
  const table = streamingTable(
    'shop',
    'strict',
    schemaOf(field('id', 'string')),
    [flow('strict', { table: 'orders' }, steps)],
    { eventTime },
  );
  return new TableTask(table, table.flows[0]!, { reader, encoder, ...parts }, at, position);
}

/** Rows at these seconds, good or bad. */
const recordsOf = (rows: readonly { readonly second: number; readonly good: boolean; readonly id?: string }[]) =>
  rows.map(
    ({ second, good, id }, offset): LogRecord => ({
      offset,
      key: null,
      value: Buffer.from(JSON.stringify({ id: id ?? `o${offset}`, good, at: second * 1000 })),
      headers: { src: Buffer.from(`orders:1:${offset}:0`) },
      timestampMs: second * 1000,
    }),
  );
const process = (task: TableTask, records: readonly LogRecord[]) =>
  task.process({ ...at, records, highWatermark: records.length }, instant(0));

/** Stops when more than half of at least four rows a minute are bad. */
const half = (action: Action): StepPlan => ({
  kind: 'judge',
  expectations: [
    { ...rule('good', action, (row) => row.good), threshold: { moreThan: 0.5, ofMs: MINUTE, atLeast: 4 } },
  ],
});
const rowsAt = (second: number, ...goods: readonly boolean[]) => goods.map((good) => ({ second, good }));

test('F9 the flow stops before the record after that with which too many of enough rows were broken', () => {
  for (const action of ['warn', 'drop', 'quarantine'] as const) {
    const exactlyHalf = process(taskOf([half(action)]), recordsOf(rowsAt(0, false, true, false, true, true)));
    assert.equal(exactlyHalf.failure, null, 'half is not more than half');
    const tooFew = process(taskOf([half(action)]), recordsOf(rowsAt(0, false, false, false)));
    assert.equal(tooFew.failure, null, 'three rows say nothing');

    const task = taskOf([half(action)]);
    const { rows, traces, failure } = process(task, recordsOf(rowsAt(0, false, false, true, false, true, true)));
    assert.equal(failure?.code, 'MED_THRESHOLD_EXCEEDED');
    assert.match(String(failure), /shop\.orders\[1\] offset 4: of 4 rows, 3 broke good/);
    assert.deepEqual([rows.length + traces.length, task.position().next], [4, 4]);
  }
});

test('F9 a window ends with the first record of the next one, and older records count in the present one', () => {
  const rows = [
    ...rowsAt(59, false, false, false),
    ...rowsAt(60, true),
    ...rowsAt(30, false, false, true),
    ...rowsAt(61, false),
  ];
  const task = taskOf([half('quarantine')]);
  assert.equal(process(task, recordsOf(rows)).failure, null);
  assert.deepEqual(task.position().thresholds, { good: [60_000, 5, 3] });
  // It is past half now: the next record finds that, in whichever window it is.
  const late = recordsOf([...rows, ...rowsAt(120, true)]).slice(-1);
  assert.equal(process(task, late).failure?.code, 'MED_THRESHOLD_EXCEEDED');
});

test('F9 decided about, the flow goes on with the record, counting from nothing', () => {
  const records = recordsOf(rowsAt(0, false, false, false, false, false, false, false, false, false));
  const resumed = (_: unknown, offset: number) => offset === 4;
  const task = taskOf([half('quarantine')], startPosition(), { resumed });
  const { traces, failure } = process(task, records);
  assert.match(String(failure), /offset 8: of 4 rows, 4 broke/);
  assert.equal(traces.length, 8);
});

test('P5 F9 a task that starts again from any checkpoint stops where the first one did', () => {
  const rows = fc.array(fc.record({ second: fc.nat(200), good: fc.boolean() }), { maxLength: 40 });
  fc.assert(
    fc.property(rows, fc.nat(40), (all, cut) => {
      const records = recordsOf(all.toSorted((a, b) => a.second - b.second));
      const whole = process(taskOf([half('drop')]), records);
      const first = taskOf([half('drop')]);
      const before = process(first, records.slice(0, cut));
      const checkpoint = fromCheckpoint(toCheckpoint(first.position(), 'g', at), 'g', at);
      const after = process(taskOf([half('drop')], checkpoint), records.slice(checkpoint.next));
      assert.deepEqual([...before.rows, ...after.rows], whole.rows);
      assert.equal(String(after.failure), String(whole.failure));
    }),
  );
});

const unique = (action: Action): readonly StepPlan[] => [
  { kind: 'event_time', column: 'at', watermarkDelayMs: MINUTE, maxFutureSkewMs: minutes(60) },
  { kind: 'dedupe', by: 'id', withinMs: minutes(10), rule: { name: 'unique', action, text: 'id is unique' } },
];

test('F10 a repeated identity breaks its rule with the action of that rule', () => {
  const records = recordsOf([
    { second: 0, good: true, id: 'a' },
    { second: 1, good: true, id: 'a' },
    { second: 2, good: true, id: 'b' },
    { second: 3, good: true, id: 'a' },
  ]);
  const warned = process(taskOf(unique('warn')), records);
  assert.deepEqual(
    warned.rows.map(({ headers }) => warnedOf(headers)),
    [[], ['unique'], [], ['unique']],
  );
  assert.deepEqual([warned.tally.judged, warned.tally.failed.get('unique')], [4, 2]);
  for (const [action, outcome] of [
    ['drop', 'dropped'],
    ['quarantine', 'violation'],
  ] as const) {
    const { rows, traces } = process(taskOf(unique(action)), records);
    assert.equal(rows.length, 2);
    assert.deepEqual(
      traces.map(({ headers }) => {
        const trace = fromTrace(headers)!;
        return [trace.outcome, trace.judged, trace.violations];
      }),
      [1, 3].map(() => [outcome, true, [{ expectation: 'unique', action, rule: 'id is unique' }]]),
    );
  }
  const failed = process(taskOf(unique('fail')), records);
  assert.match(String(failed.failure), /offset 1 broke unique/);
  assert.equal(failed.rows.length, 1);
});
