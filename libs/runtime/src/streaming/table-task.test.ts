import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '@medallion/core';
import type { StepPlan, StreamingTablePlan } from '@medallion/pipeline';
import santa from '@medallion/santa-deliveries';
import type { AnyRow } from '@medallion/schema';
import fc from 'fast-check';
import { rule } from '../fixtures/plans.ts';
import type { LogRecord, OutRecord } from '../ports/index.ts';
import { startPosition } from '../protocol/checkpoint.ts';
import { Coordinates } from '../protocol/coordinates.ts';
import { fromTrace } from '../protocol/trace.ts';
import { jsonReader, type RecordReader, rowReader } from './record-reader.ts';
import { TableTask } from './table-task.ts';

const bronze = santa.tables[0] as StreamingTablePlan;
const silver = santa.tables[1] as StreamingTablePlan;
const encoder = { encode: (row: AnyRow) => Buffer.from(JSON.stringify(row)) };
const jsonRows: RecordReader = rowReader({
  prepare: async () => {},
  decode: (value) => (value === null ? { undecodable: 'no value' } : { row: JSON.parse(value.toString()) as AnyRow }),
});
const NOON = Date.parse('2026-12-24T12:00:00.000Z');
const INGESTED = instant(NOON + 60_000);

const event = (over: Record<string, unknown> = {}) => ({
  event_id: 'e1',
  delivery_id: 'd1',
  timestamp: new Date(NOON).toISOString(),
  city: 'Oslo',
  country: 'Norway',
  region: 'Europe',
  latitude: 59.9,
  longitude: 10.7,
  gift_type: 'toys',
  gift_count: 2,
  status: 'delivered',
  weather: 'snow',
  distance_km: 30,
  delivery_time_minutes: 13,
  sleigh_id: 's1',
  route_variant: 'A',
  ...over,
});
const rawRecord = (offset: number, value: Buffer | string | null): LogRecord => ({
  offset,
  key: Buffer.from('d1'),
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: {},
  timestampMs: NOON,
});
const bronzeTask = () =>
  new TableTask(
    bronze,
    bronze.flows[0]!,
    { reader: jsonReader(bronze.flows[0]!.source as never), encoder },
    { topic: 'raw', partition: 2 },
    startPosition(),
  );
const silverTask = (position = startPosition()) =>
  new TableTask(
    silver,
    silver.flows[0]!,
    { reader: jsonRows, encoder },
    { topic: bronze.topic, partition: 2 },
    position,
  );
const batchOf = (topic: string, records: readonly LogRecord[]) => ({ topic, partition: 2, records, highWatermark: 0 });
const toLog = (records: readonly OutRecord[], base = 0): LogRecord[] =>
  records.map((record, i) => ({ ...record, offset: base + i, timestampMs: NOON }));
/** Raw events through bronze, as silver's input. */
const bronzeRows = (events: readonly unknown[]): LogRecord[] =>
  toLog(
    bronzeTask().process(
      batchOf(
        'raw',
        events.map((e, i) => rawRecord(i, JSON.stringify(e))),
      ),
      INGESTED,
    ).rows,
  );
const rowsOf = (records: readonly OutRecord[]) => records.map((record) => JSON.parse(String(record.value)) as AnyRow);

test('bronze keeps what arrived, with where it came from and when', () => {
  const { rows, traces } = bronzeTask().process(
    batchOf('raw', [rawRecord(5, JSON.stringify(event({ more: [1] })))]),
    INGESTED,
  );
  assert.equal(traces.length, 0);
  assert.equal(rows[0]!.headers.src, 'bronze_santa_deliveries:2:5:0');
  const [row] = rowsOf(rows);
  assert.equal(row!.city, 'Oslo');
  assert.equal(row!._rescued_data, '{"more":[1]}');
  assert.equal(row!.ingestion_timestamp, INGESTED);
  assert.equal(row!.ingestion_date, Math.floor(INGESTED / 86_400_000));
  assert.deepEqual([row!.source_topic, row!.source_partition, row!.source_offset], ['raw', 2, 5]);
});

test('what cannot be parsed leaves a trace with its bytes, and the next record flows', () => {
  const bad = [null, '', '{', 'NaN', '[1]', '7', 'null', Buffer.from([0x7b, 0xff, 0x7d])];
  const records = [...bad.map((value, i) => rawRecord(i, value)), rawRecord(bad.length, JSON.stringify(event()))];
  const { rows, traces } = bronzeTask().process(batchOf('raw', records), INGESTED);
  assert.equal(rows.length, 1);
  assert.equal(traces.length, bad.length);
  traces.forEach((trace, i) => {
    assert.equal(fromTrace(trace.headers)?.outcome, 'unparseable');
    assert.ok((fromTrace(trace.headers)?.reason ?? '').length > 5);
    assert.deepEqual(trace.value, records[i]!.value);
  });
});

test('silver judges a row by all rules and names every one that it broke', () => {
  const { rows, traces } = silverTask().process(
    batchOf(
      bronze.topic,
      bronzeRows([event({ delivery_id: '', status: 'lost', gift_count: 0, latitude: 91, timestamp: 'x' })]),
    ),
    INGESTED,
  );
  assert.equal(rows.length, 0);
  assert.deepEqual(
    fromTrace(traces[0]!.headers)?.violations.map((v) => v.expectation),
    ['valid_delivery_id', 'valid_timestamp', 'valid_status', 'valid_coordinates', 'positive_gift_count'],
  );
});

test('silver derives its columns', () => {
  const [row] = rowsOf(silverTask().process(batchOf(bronze.topic, bronzeRows([event()])), INGESTED).rows);
  assert.equal(row!.delivery_timestamp, NOON);
  assert.equal(row!.delivery_hour, 12);
  assert.equal(row!.is_delivered, true);
  assert.equal(row!.weather_impact_factor, 1.3);
  assert.equal(row!.adjusted_delivery_time_minutes, 10);
  assert.ok(Math.abs((row!.effective_speed_kmh as number) - 30 / (13 / 60)) < 1e-9);
});

test('D1 a duplicate leaves a trace, W4 so does a row from the future, and neither moves the watermark', () => {
  const task = silverTask();
  const events = [event(), event(), event({ event_id: 'e2', timestamp: '2999-01-01T00:00:00.000Z' })];
  const { rows, traces } = task.process(batchOf(bronze.topic, bronzeRows(events)), INGESTED);
  assert.equal(rows.length, 1);
  assert.deepEqual(
    traces.map((trace) => fromTrace(trace.headers)?.outcome),
    ['duplicate', 'future'],
  );
  assert.equal(task.position().watermark, NOON - 5 * 60_000);
});

test('D4 a row that was quarantined may come again in good order', () => {
  const { rows } = silverTask().process(
    batchOf(bronze.topic, bronzeRows([event({ gift_count: 0 }), event()])),
    INGESTED,
  );
  assert.equal(rows.length, 1);
});

test('P3 repetitions in the input are skipped without a trace, foreign records leave one', () => {
  const input = bronzeRows([event(), event({ event_id: 'e2' })]);
  const repeated = [...input, ...input].map((record, offset) => ({ ...record, offset }));
  const foreign = { ...input[0]!, offset: 4, headers: {} };
  const { rows, traces, tally } = silverTask().process(batchOf(bronze.topic, [...repeated, foreign]), INGESTED);
  assert.equal(rows.length, 2);
  assert.equal(tally.repeated, 2);
  assert.deepEqual(
    traces.map((trace) => fromTrace(trace.headers)?.outcome),
    ['foreign'],
  );
});

test('F1 a record that stopped the flow is new again, for the same task and after a restart', () => {
  let strict = true;
  const judge = { kind: 'judge', expectations: [rule('strict', 'fail', (row) => !strict || row.event_id !== 'e2')] };
  const flow = { ...silver.flows[0]!, steps: [judge as StepPlan, ...silver.flows[0]!.steps] };
  const at = { topic: bronze.topic, partition: 2 };
  const input = bronzeRows([event(), event({ event_id: 'e2' }), event({ event_id: 'e3' })]);
  const task = new TableTask(silver, flow, { reader: jsonRows, encoder }, at, startPosition());
  const stopped = task.process(batchOf(bronze.topic, input), INGESTED);
  assert.deepEqual([stopped.rows.length, stopped.failure?.code], [1, 'MED_EXPECTATION_FAILED']);
  assert.equal(task.position().next, 1);

  const checkpoint = { ...task.position(), coordinates: Coordinates.from(task.position().coordinates.entries()) };
  strict = false;
  const again = new TableTask(silver, flow, { reader: jsonRows, encoder }, at, checkpoint);
  const { rows, tally } = again.process(batchOf(bronze.topic, input.slice(1)), INGESTED);
  assert.deepEqual([rows.length, tally.repeated], [2, 0]);
});

const anyEvents = fc.array(
  fc.record({
    event_id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    timestamp: fc.integer({ min: -20, max: 20 }).map((minute) => new Date(NOON + minute * 60_000).toISOString()),
    gift_count: fc.constantFrom(1, 2, 0),
  }),
  { maxLength: 40 },
);

test('P5 D6 a task that starts again from any checkpoint writes what the first one would have written', () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(), fc.nat(), (events, cutAt, moreAt) => {
      const input = bronzeRows(events.map((over) => event(over)));
      const cut = input.length === 0 ? 0 : cutAt % (input.length + 1);
      const more = cut + (input.length === cut ? 0 : moreAt % (input.length - cut + 1));

      const whole = silverTask().process(batchOf(bronze.topic, input), INGESTED);

      // Up to the checkpoint, then some more that is written but not checkpointed, then the process dies.
      const first = silverTask();
      const before = first.process(batchOf(bronze.topic, input.slice(0, cut)), INGESTED);
      first.written(0);
      const checkpoint = { ...first.position(), coordinates: Coordinates.from(first.position().coordinates.entries()) };
      const lost = first.process(batchOf(bronze.topic, input.slice(cut, more)), INGESTED);

      const own = toLog([...before.rows, ...lost.rows]);
      const second = silverTask(checkpoint);
      if (checkpoint.restoreFrom !== null)
        second.restore(own.slice(checkpoint.restoreFrom), (record) => JSON.parse(String(record.value)) as AnyRow);
      const after = second.process(batchOf(bronze.topic, input.slice(cut)), INGESTED);
      assert.deepEqual([...before.rows, ...after.rows], whole.rows);
      assert.deepEqual([...before.traces, ...after.traces], whole.traces);
    }),
    { numRuns: 500 },
  );
});

test('P5 D6 the state of an instance that wrote while another one did is rebuilt from its own beginning on', () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(), fc.array(fc.boolean(), { maxLength: 80 }), (events, cutAt, turns) => {
      const input = bronzeRows(events.map((over) => event(over)));
      const cut = cutAt % (input.length + 1);
      const whole = silverTask().process(batchOf(bronze.topic, input), INGESTED);

      const own: OutRecord[] = [];
      const write = (task: TableTask, record: LogRecord): readonly OutRecord[] => {
        const { rows } = task.process(batchOf(bronze.topic, [record]), INGESTED);
        task.written(own.length);
        own.push(...rows);
        return rows;
      };
      const [mine, others] = [silverTask(), silverTask()];
      const before: OutRecord[] = [];
      const [myInput, theirInput] = [input.slice(0, cut).values(), input.values()];
      for (const isMine of [...turns, ...input.map(() => true)]) {
        const { value: record } = (isMine ? myInput : theirInput).next();
        if (record === undefined) continue;
        const rows = write(isMine ? mine : others, record);
        if (isMine) before.push(...rows);
      }

      const checkpoint = { ...mine.position(), coordinates: Coordinates.from(mine.position().coordinates.entries()) };
      const again = silverTask(checkpoint);
      again.restore(
        toLog(own).slice(checkpoint.restoreFrom ?? own.length),
        (record) => JSON.parse(String(record.value)) as AnyRow,
      );
      const after = again.process(batchOf(bronze.topic, input.slice(cut)), INGESTED);
      assert.deepEqual([...before, ...after.rows], whole.rows);
    }),
    { numRuns: 500 },
  );
});

test('D6 P9 a row that was in the table before its flow started again is restored from where it is there', () => {
  const input = bronzeRows([event({ event_id: 'e1' }), event({ event_id: 'e2' })]);
  const [first] = silverTask().process(batchOf(bronze.topic, input), INGESTED).rows;
  const settled = { outcome: 'accepted', judged: true, warned: [], violations: [] } as const;
  const kept = { kind: 'kept', row: JSON.parse(String(first!.value)) as AnyRow, at: 7, settled } as const;
  const fates = { end: 0, of: (offset: number) => (offset === 0 ? kept : null) };
  const at = { topic: bronze.topic, partition: 2 };
  const task = new TableTask(silver, silver.flows[0]!, { reader: jsonRows, encoder, fates }, at, startPosition());
  assert.equal(task.process(batchOf(bronze.topic, input), INGESTED).rows.length, 1);
  task.written(9);
  assert.equal(task.position().restoreFrom, 7);
});
