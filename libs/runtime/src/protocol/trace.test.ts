import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../ports/index.ts';
import { fromTrace, HEADER, MAX_RECORD_BYTES, originalHeaders, type Refusal, toTrace } from './trace.ts';

const record: LogRecord = {
  offset: 7,
  key: Buffer.from('k'),
  value: Buffer.from([0xff, 0x00, 0x7b]),
  headers: { tenant: Buffer.from('a\0b'), src: Buffer.from('bronze:1:5:0') },
  timestampMs: 1_700_000_000_000,
};
const refusal: Refusal = {
  outcome: 'violation',
  reason: 'broke a',
  violations: [{ expectation: 'a', action: 'quarantine', rule: '> 0' }],
  judged: true,
  warned: ['w1', 'w2'],
};
const at = { topic: 'in', partition: 1 };

test('a trace keeps key, value and headers as they were, and says what was wrong and where the record is', () => {
  const trace = toTrace(record, at, 'silver:1:7:0', refusal);
  assert.deepEqual(trace.key, record.key);
  assert.deepEqual(trace.value, record.value);
  assert.equal(trace.headers.src, 'silver:1:7:0');
  assert.deepEqual(fromTrace(trace.headers), { ...refusal, ...at, offset: 7, timestampMs: record.timestampMs });
  assert.deepEqual({ ...originalHeaders(trace.headers) }, { tenant: 'a\uFFFDb', src: 'bronze:1:5:0' });
});

test('a dropped row leaves its trace without the payload', () => {
  const trace = toTrace(record, at, 's', { ...refusal, outcome: 'dropped' });
  assert.equal(trace.value, null);
  assert.equal(fromTrace(trace.headers)?.outcome, 'dropped');
});

test('a value too large for the quarantine topic is left out, so that its trace can be written', () => {
  const large = { ...record, value: Buffer.alloc(MAX_RECORD_BYTES + 1) };
  assert.equal(toTrace(large, at, 's', refusal).value, null);
});

test('headers that no flow wrote are no trace', () => {
  assert.equal(fromTrace({}), null);
  assert.equal(fromTrace({ [HEADER.outcome]: 'violation' }), null);
  assert.equal(fromTrace({ [HEADER.outcome]: 'nonsense', [HEADER.topic]: 't' }), null);
  assert.deepEqual(
    fromTrace({ [HEADER.outcome]: 'future', [HEADER.topic]: 't', [HEADER.violations]: '{' })?.violations,
    [],
  );
});
