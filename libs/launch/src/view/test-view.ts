import { instant } from '@medallion/core';
import type { View } from './model.ts';

const at = (text: string) => instant(Date.parse(text));

/** A view as a person may meet it: one rule broken, one row that tries to move the cursor. */
export const testView: View = {
  pipeline: 'santa-deliveries',
  now: at('2025-12-24T23:14:05.000Z'),
  ms: 134_000,
  phase: 'running',
  steps: [
    { name: 'Kafka', state: 'done', note: '', ms: 4_100 },
    { name: 'Postgres', state: 'done', note: '', ms: 1_200 },
    { name: 'schema registry', state: 'done', note: '', ms: 4_600 },
    { name: 'bronze-ingest', state: 'done', note: '', ms: 7_000 },
    { name: 'silver-enrich', state: 'done', note: '', ms: 7_200 },
    { name: 'gold-aggregate', state: 'done', note: '', ms: 7_900 },
    { name: 'first gold row', state: 'done', note: '', ms: 8_300 },
  ],
  stages: [
    {
      name: 'santa-generator',
      state: 'ready',
      inPerSecond: null,
      outPerSecond: 10,
      lagRecords: null,
      lagSeconds: null,
      watermark: null,
      restarts: 0,
    },
    {
      name: 'bronze-ingest',
      state: 'ready',
      inPerSecond: 1234.5,
      outPerSecond: 1230.1,
      lagRecords: 12_000,
      lagSeconds: 9.7,
      watermark: null,
      restarts: 0,
    },
    {
      name: 'silver-enrich',
      state: 'restarting',
      inPerSecond: 0,
      outPerSecond: 0,
      lagRecords: 3,
      lagSeconds: 0.2,
      watermark: at('2025-12-24T23:09:00.000Z'),
      restarts: 2,
    },
  ],
  rules: [
    { table: 'silver', rule: 'valid_status', action: 'quarantine', passed: 123_456, failed: 0 },
    { table: 'silver', rule: 'positive_gift_count', action: 'quarantine', passed: 123_400, failed: 56 },
  ],
  refused: [
    { reason: 'violation', records: 56 },
    { reason: 'late for a window', records: 7 },
  ],
  finalThrough: at('2025-12-24T23:09:00.000Z'),
  gold: [
    {
      name: 'gold_delivery_summary_realtime',
      columns: [
        { name: 'window_start', kind: 'timestamp' },
        { name: 'events', kind: 'long' },
        { name: 'delivered_count', kind: 'long' },
        { name: 'delayed_count', kind: 'long' },
        { name: 'gifts_delivered', kind: 'long' },
        { name: 'success_rate', kind: 'double' },
      ],
      rows: [
        { isFinal: false, values: [Date.parse('2025-12-24T23:14:00Z'), 17, 6, 0, 12, null] },
        { isFinal: true, values: [Date.parse('2025-12-24T23:08:00Z'), 1600, 606, 100, 1212, 0.8583] },
      ],
    },
    {
      name: 'gold_top_cities',
      columns: [
        { name: 'window_start', kind: 'timestamp' },
        { name: 'city', kind: 'string' },
        { name: 'events', kind: 'long' },
      ],
      rows: [
        { isFinal: false, values: [Date.parse('2025-12-24T23:00:00Z'), '東京 🎅', 9] },
        { isFinal: false, values: [Date.parse('2025-12-24T23:00:00Z'), 'Oslo\x1b[2J\u202e', 8] },
        { isFinal: false, values: [Date.parse('2025-12-24T23:00:00Z'), null, 7] },
      ],
    },
  ],
  problems: [
    {
      where: 'silver-enrich santa-deliveries.silver_santa_deliveries',
      code: 'MED_REGISTRY_UNAVAILABLE',
      message: 'the schema registry does not answer: connect ECONNREFUSED',
      remedy: 'check SCHEMA_REGISTRY_URL and that the registry is up; the service keeps trying',
    },
  ],
  notes: [{ at: at('2025-12-24T23:13:59.000Z'), text: 'silver-enrich ended (killed by SIGKILL)' }],
  help: {
    dashboard: 'http://127.0.0.1:29100',
    query:
      "psql postgres://medallion:medallion@127.0.0.1:25432/medallion -c 'SELECT * FROM santa_deliveries.t LIMIT 5'",
    databaseUrl: 'postgres://medallion:medallion@127.0.0.1:25432/medallion',
    metrics: [
      { name: 'bronze-ingest', url: 'http://127.0.0.1:29101/metrics' },
      { name: 'silver-enrich', url: 'http://127.0.0.1:29102/metrics' },
    ],
    logs: '.medallion/logs/*.log',
  },
};
