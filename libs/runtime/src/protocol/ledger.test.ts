import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError } from '@medallion/core';
import type { LogRecord } from '../ports/index.ts';
import { changelogSource, stands, standsWhereExpected } from './changelog.ts';
import { Coordinates } from './coordinates.ts';
import { countsOf, fromLedgerRecord, type Ledger, ledgerOf, toLedgerRecord } from './ledger.ts';

const at = { topic: 'customers.changelog', partition: 1 };
const ledger: Ledger = {
  ...{ flow: 'customers', next: 12, coordinates: Coordinates.from({ 'clean:1': '40:0:7' }), traces: 3, term: 7 },
  thresholds: { good: [0, 5, 1] },
  totals: { records: { read: 9, accepted: 9 }, rules: [['good', 'warn', 9, 1, 0]] },
};
const record = (offset: number, value?: string): LogRecord => {
  const { key, headers, ...made } = toLedgerRecord(ledger);
  const src = changelogSource('customers', 1, offset);
  return {
    offset,
    key,
    value: value === undefined ? made.value : Buffer.from(value),
    headers: { ...headers, src },
    timestampMs: 0,
  };
};

test('L1 a ledger is read back as it was written, stands as a change does, and is none', () => {
  const read = fromLedgerRecord(record(5), at);
  assert.deepEqual(
    { ...read, coordinates: read.coordinates.entries() },
    { ...ledger, coordinates: { 'clean:1': '40:0:7' } },
  );
  assert.equal(ledgerOf(record(5)), 'customers');
  assert.deepEqual(
    [stands(record(5), 'customers', at), standsWhereExpected(record(5), 'customers', at)],
    [true, false],
  );
  assert.equal(stands({ ...record(5), offset: 6 }, 'customers', at), false);
});

test('L1 the counts of a ledger replace what was counted before', () => {
  const of = { table: 'people', flow: 'customers', partition: 1, total: true };
  assert.deepEqual(countsOf(ledger, 'people', at), [
    { kind: 'records', ...of, outcome: 'read', records: 9 },
    { kind: 'records', ...of, outcome: 'accepted', records: 9 },
    { kind: 'rule', ...of, rule: 'good', action: 'warn', judged: 9, failed: 1, dropped: 0 },
  ]);
});

test('a ledger that is none is an error with a name', () => {
  for (const value of ['', '{}', '{"v":2}', '{"v":1,"c":{"x":"y"}}'])
    assert.throws(
      () => fromLedgerRecord(record(5, value), at),
      (error) => isMedallionError(error) && error.code === 'MED_CHANGELOG_UNREADABLE',
    );
});
