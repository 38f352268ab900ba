import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, type Instant } from '@medallion/core';
import type { KeyedTablePlan, PipelinePlan } from '@medallion/pipeline';
import { type AnyRow, type Field, fieldsOf, long, nullable, string, timestamp } from '@medallion/schema';
import type { Headers, LogRecord, PartitionBatch, RowCodecs, RowDecoder } from '../ports/index.ts';
import { CHANGELOG, changelogSource } from '../protocol/changelog.ts';
import { Coordinates } from '../protocol/coordinates.ts';
import { type Totals, toLedgerRecord } from '../protocol/ledger.ts';
import { goldInputs } from './gold-input.ts';
import { type JudgedRound, judgeRound } from './judge-round.ts';
import { held, keyOf } from './partition.ts';

const keyed = (name: string, storedAs: 1 | 2, fields: readonly Field[]): KeyedTablePlan => ({
  ...{ kind: 'keyed_table', name, layer: 'silver', comment: null, version: 1, hash: '1', keys: ['customer_id'] },
  ...{ changelogTopic: `${name}.changelog`, quarantineTopic: `${name}.quarantine`, sequenceBy: null, deletes: null },
  flow: { name, source: { ...files, filesTopic: `${name}.files` }, views: [], steps: [], once: false },
  ...{ storedAs, tracked: [], tombstoneRetentionMs: days(7), schema: { name, fields } },
  storage: { clusterBy: [], fillfactor: null, autovacuum: {}, cleanup: 'compact' },
  governance: { tags: {}, personal: [] },
});
const files = {
  kind: 'snapshot',
  path: 'p',
  pattern: '*',
  format: { kind: 'json_lines' },
  declared: { name: 'declared', fields: [] },
} as const;
const customer = fieldsOf({ customer_id: long(), name: nullable(string()), region: nullable(string()) });
const address = fieldsOf({
  ...{ customer_id: long(), city: nullable(string()) },
  ...{ __START_AT: timestamp(), __END_AT: nullable(timestamp()) },
});
const plan: PipelinePlan = {
  ...{ name: 'shop', schemaName: 'shop', mode: 'continuous', development: false },
  tables: [keyed('customers', 1, customer), keyed('addresses', 2, address)],
};

/** Rows as JSON. */
const decoder: RowDecoder = {
  prepare: async () => {},
  decode: (value) => ({ row: JSON.parse(String(value)) as AnyRow }),
};
const codecs = { decoder: async () => decoder } as unknown as RowCodecs;
const inputs = await goldInputs(plan, codecs, { addColumns: async () => {} });

const tableOf = (name: string) => {
  const found = plan.tables.find((table) => table.name === name);
  assert.ok(found?.kind === 'keyed_table');
  return found;
};

function record(
  name: string,
  offset: number,
  key: readonly unknown[],
  row: AnyRow | null,
  headers: Headers = { src: changelogSource(name, 0, offset) },
): LogRecord {
  const value = row === null ? null : Buffer.from(JSON.stringify(row));
  return { offset, key: Buffer.from(JSON.stringify(key)), value, headers, timestampMs: 1_000 };
}

function judged(name: string, records: readonly LogRecord[], unstorable?: string): JudgedRound {
  const topic = tableOf(name).changelogTopic;
  const batch: PartitionBatch = { topic, partition: 0, records, highWatermark: 100 };
  const input = inputs.get(topic)!;
  assert.equal(input.kind, 'changes');
  const state = { watermark: 0 as Instant, coordinates: {}, idle: false };
  const partition = held({ topic, partition: 0, epoch: 1, next: 0, state });
  return judgeRound([batch], {
    inputs,
    partitions: new Map([[keyOf(partition), partition]]),
    finalThrough: new Map(),
    now: 5 as Instant,
    ...(unstorable === undefined ? {} : { unstorable }),
  });
}

const ann = { customer_id: 1, name: 'Ann', region: 'Asia' };

test('G5 records of a changelog become changes of their table, in order; a null value deletes', () => {
  const { commit, after } = judged('customers', [
    record('customers', 0, [1], ann),
    record('customers', 1, [2], { ...ann, customer_id: 2 }),
    record('customers', 2, [1], null),
  ]);
  const changes = commit.changes.get('customers')!;
  assert.deepEqual(
    changes.map(({ key, row }) => [key, row?.name ?? null]),
    [
      [[1], 'Ann'],
      [[2], 'Ann'],
      [[1], null],
    ],
  );
  assert.equal(after[0]!.next, 3);
});

test('G5 a version that is absorbed is no row', () => {
  const version = { customer_id: 1, city: 'Oslo', __START_AT: 7, __END_AT: null };
  const { commit } = judged('addresses', [
    record('addresses', 0, [1, 7], version),
    record('addresses', 1, [1, 9], { ...version, __START_AT: 9, [CHANGELOG.absorbed]: true }),
  ]);
  const changes = commit.changes.get('addresses')!;
  assert.deepEqual(
    changes.map(({ key, row }) => [key, row?.city ?? null]),
    [
      [[1, 7], 'Oslo'],
      [[1, 9], null],
    ],
  );
});

test('G6 a record that stands elsewhere than its writer expected is no change, and leaves no trace', () => {
  const { commit, after } = judged('customers', [
    record('customers', 4, [1], ann, { src: changelogSource('customers', 0, 3) }),
  ]);
  assert.deepEqual([...commit.changes], []);
  assert.deepEqual([commit.quarantined, commit.counts], [[], []]);
  assert.equal(after[0]!.next, 5);
});

test('G6 a record that no flow of the table wrote is quarantined as foreign', () => {
  for (const headers of [{}, { src: changelogSource('orders', 0, 0) }]) {
    const { commit } = judged('customers', [record('customers', 0, [1], ann, headers)]);
    assert.deepEqual([...commit.changes], []);
    assert.deepEqual(
      commit.quarantined.map(({ outcome }) => outcome),
      ['foreign'],
    );
  }
});

test('a record whose key has other columns is quarantined as undecodable', () => {
  for (const key of [[], [1, 2]]) {
    const { commit } = judged('customers', [record('customers', 0, key, ann)]);
    assert.deepEqual(
      commit.quarantined.map(({ outcome }) => outcome),
      ['undecodable'],
    );
  }
});

const ledgerAt = (offset: number, flow: string, totals: Totals): LogRecord => {
  const ledger = { flow, next: 7, coordinates: new Coordinates(), traces: 0, totals };
  const { headers, ...rest } = toLedgerRecord(ledger);
  return { ...rest, offset, headers: { ...headers, src: changelogSource('addresses', 0, offset) }, timestampMs: 1_000 };
};

test('L1 G5 counts are what the last ledger of a flow says, and changes are not counted', () => {
  const version = { customer_id: 1, city: 'Oslo', __START_AT: 7, __END_AT: null };
  const { commit } = judged('addresses', [
    ledgerAt(0, 'addresses', { records: { read: 1, accepted: 1 }, rules: [] }),
    record('addresses', 1, [1, 7], version),
    ledgerAt(2, 'addresses', { records: { read: 3, accepted: 2, unchanged: 1 }, rules: [['r', 'warn', 3, 1, 0]] }),
    ledgerAt(3, 'addresses.redrive', { records: { read: 1, deleted: 1 }, rules: [] }),
    // A zombie's: it does not stand where it was expected.
    { ...ledgerAt(3, 'addresses', { records: { read: 9, accepted: 9 }, rules: [] }), offset: 4 },
  ]);
  assert.equal(commit.changes.get('addresses')?.length, 1);
  assert.deepEqual(commit.quarantined, []);
  const of = (flow: string) => ({ table: 'addresses', flow, partition: 0, total: true });
  const records = (flow: string, outcome: string, n: number) => ({
    ...{ kind: 'records', ...of(flow), outcome, records: n },
  });
  assert.deepEqual(commit.counts, [
    records('addresses', 'read', 3),
    records('addresses', 'accepted', 2),
    records('addresses', 'unchanged', 1),
    { kind: 'rule', ...of('addresses'), rule: 'r', action: 'warn', judged: 3, failed: 1, dropped: 0 },
    records('addresses.redrive', 'read', 1),
    records('addresses.redrive', 'deleted', 1),
  ]);
});

test('G3 a change that Postgres refuses is quarantined as unstorable', () => {
  const { commit } = judged('customers', [record('customers', 0, [1], ann)], 'too long');
  assert.deepEqual([...commit.changes], []);
  assert.deepEqual(
    commit.quarantined.map(({ outcome }) => outcome),
    ['unstorable'],
  );
});
