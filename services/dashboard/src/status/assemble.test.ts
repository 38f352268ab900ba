import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, instant } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import type { Reading } from '@medallion/runtime';
import { Value } from 'typebox/value';
import { Status } from '../contract/index.ts';
import { type Known, statusOf } from './assemble.ts';
import type { CatalogueFacts } from './catalogue-facts.ts';
import type { ControlFacts, Counted } from './control-facts.ts';
import { ReaderWatch } from './reader-watch.ts';
import { readersOf } from './readers.ts';

const NOW = instant(Date.parse('2025-12-24T20:00:00Z'));
const plan = await loadPipeline('santa-deliveries');
const readers = readersOf(plan);
const [BRONZE, SILVER, TOP] = ['bronze_santa_deliveries', 'silver_santa_deliveries', 'gold_top_cities'];
const ago = (ms: number): Instant => (NOW - ms) as Instant;

const catalogue: CatalogueFacts = {
  tables: plan.tables.map(({ name, kind, layer, comment }) => ({ name, kind, layer, comment, columns: 1, rules: 0 })),
  edges: plan.tables.map((table) => ({
    source: table.kind === 'materialized_view' ? table.source : table.name === SILVER ? BRONZE : 'santa.deliveries.raw',
    target: table.name,
    kind: table.name === BRONZE ? 'topic' : 'table',
  })),
  flows: [],
};

const counted = (table: string, ms: number, more: Partial<Counted> = {}): [string, Counted] => [
  table,
  { table, accepted: 100, quarantined: 3, acceptedAt: ago(ms), countedAt: ago(ms), ...more },
];
const control: ControlFacts = {
  now: NOW,
  counted: new Map(plan.tables.map(({ name }) => counted(name, 1_000))),
  judged: new Map([[SILVER, { table: SILVER, judged: 100, failed: 4 }]]),
  leases: [],
  final: new Map([[SILVER, instant(Date.parse('2025-12-24T19:55:00Z'))]]),
};

const base: Known = {
  catalogue,
  control,
  sinceControlMs: 0,
  readers,
  watch: null,
  triggered: false,
  acceptedPerSecond: new Map([[TOP, 12]]),
  services: { services: [], stopped: [] },
  noted: [],
  troubles: [],
  at: NOW,
};

/** Looks two seconds apart; of each reader its position and the end, in one partition. */
function watched(...looks: readonly ((topic: string) => { next: number; high: number })[]): ReaderWatch {
  const watch = new ReaderWatch();
  for (const [i, of] of looks.entries()) {
    const readings = new Map(
      readers.all
        .filter(({ beside }) => !beside)
        .map(({ id, topic }): [string, Reading[]] => [id, [{ topic, partition: 0, low: 0, mark: '', ...of(topic) }]]),
    );
    watch.look(readings, i * 2_000, () => null);
  }
  return watch;
}

const of = (status: Status, table: string) => status.tables.find((each) => each.table === table)!;

test('without the log a status has what Postgres knows, and is as its schema says', () => {
  const status = statusOf(base);
  assert.ok(Value.Check(Status, status));
  assert.equal(status.state, 'flowing');
  assert.deepEqual(of(status, TOP), {
    ...{ table: TOP, state: 'flowing' },
    why: 'Rows came within the last minute; whether records wait is not known.',
    ...{ rowsPerSecond: 12, accepted: 100, quarantined: 3, lagRecords: null, lagSeconds: null },
    watermark: '2025-12-24T19:55:00.000Z',
    freshness: { seconds: 1, origin: 'own', from: null },
    ...{ judged: 0, failed: 0 },
  });
  assert.deepEqual([of(status, SILVER).judged, of(status, SILVER).failed], [100, 4]);
});

test('D11 a gold service that is gone shows at the tables that it fills, at the pipeline and as a trouble', () => {
  const silver = `santa-deliveries.${SILVER}`;
  const watch = watched(
    ...[0, 1, 2, 3, 4].map((i) => (topic: string) => {
      const high = 100 + i * 20;
      return topic === silver ? { next: 100, high } : { next: high, high };
    }),
  );
  const status = statusOf({ ...base, watch });
  assert.equal(status.state, 'stalled');
  assert.deepEqual(
    status.tables.map(({ table, state }) => [table, state]).sort(),
    plan.tables.map(({ name, layer }) => [name, layer === 'gold' ? 'stalled' : 'flowing']).sort(),
  );
  assert.match(of(status, TOP).why, /^80 records wait and none was read for \d s\.$/);
  assert.deepEqual(
    status.troubles.map(({ subject }) => subject),
    [silver],
  );
  const edge = status.edges.find(({ source, target }) => source === SILVER && target === TOP);
  assert.deepEqual([edge?.lagRecords, edge?.recordsPerSecond], [80, 0]);
  assert.equal(of(status, SILVER).rowsPerSecond, 10, 'silver grows as its topic does, whoever counts it');
});

test('D11 a topic that the gold service has stopped to read stalls the pipeline, although no view needs it', () => {
  const bronze = `santa-deliveries.${BRONZE}.quarantine`;
  const watch = watched(
    ...[0, 1, 2, 3, 4].map(() => (topic: string) => (topic === bronze ? { next: 5, high: 9 } : { next: 9, high: 9 })),
  );
  const status = statusOf({ ...base, watch });
  assert.equal(status.state, 'stalled');
  assert.ok(status.tables.every(({ state }) => state === 'flowing'));
  assert.match(status.troubles[0]?.message ?? '', /4 records of .*quarantine wait for Postgres/);
});

test('D8 a triggered pipeline is not stalled between two runs', () => {
  const watch = watched(...[0, 1, 2, 3, 4].map(() => () => ({ next: 5, high: 9 })));
  const status = statusOf({ ...base, watch, triggered: true });
  assert.equal(status.state, 'flowing');
  assert.deepEqual(status.troubles, []);
});

test('D1 a flow that stopped shows at its table; the flow of the gold service at all that it fills', () => {
  const why = { code: 'MED_EXPECTATION_FAILED', message: 'broke a rule', remedy: 'skip it' };
  const stoppedBy = (flow: string) => statusOf({ ...base, services: { services: [], stopped: [{ flow, ...why }] } });
  const stopped = (status: Status) =>
    status.tables.filter(({ state }) => state === 'stopped').map(({ table }) => table);
  assert.deepEqual(stopped(stoppedBy(SILVER)), [SILVER]);
  assert.deepEqual(stopped(stoppedBy(`${SILVER}.redrive`)), [SILVER]);
  assert.equal(stopped(stoppedBy('gold')).length, 5);
  assert.deepEqual(stoppedBy(SILVER).troubles, [{ severity: 'error', subject: SILVER, ...why }]);
});

test('D1 a flow that noted in the log that it stopped shows so without a word of its service, until it was seen to read', () => {
  const why = { code: 'MED_EXPECTATION_FAILED', message: 'broke a rule', remedy: 'skip it' };
  const noted = [{ flow: SILVER, ...why, at: new Date(5_000).toISOString(), by: 'silver@a' }];
  const still = (looks: number, next: number) =>
    watched(...Array.from({ length: looks }, (_, i) => () => ({ next: i === looks - 1 ? next : 5, high: 9 })));
  const status = statusOf({ ...base, noted, watch: still(6, 5) });
  assert.deepEqual([of(status, SILVER).state, status.state], ['stopped', 'stopped']);
  assert.match(of(status, SILVER).why, /Flow silver_santa_deliveries stopped with MED_EXPECTATION_FAILED/);
  assert.deepEqual(status.troubles[0], { severity: 'error', subject: SILVER, ...why });
  assert.equal(of(statusOf({ ...base, noted }), SILVER).state, 'stopped', 'also while the log is away');
  assert.equal(of(statusOf({ ...base, noted, watch: still(6, 6) }), SILVER).state, 'stopped', 'it read, 5 s after it');
  const later = statusOf({ ...base, noted, watch: still(10, 6) });
  assert.notEqual(of(later, SILVER).state, 'stopped', 'it read, 13 s after it');
  assert.ok(later.troubles.every(({ code }) => code === null));
  const told = { services: [], stopped: [{ flow: SILVER, ...why, message: 'as the service says' }] };
  const both = statusOf({ ...base, noted, services: told, watch: still(6, 5) }).troubles;
  assert.deepEqual(
    both.filter(({ subject }) => subject === SILVER).map(({ message }) => message),
    ['as the service says'],
  );
});

test('D10 the age of bronze is that of all behind it, unless its topic was seen to grow', () => {
  const old = { ...control, counted: new Map([...control.counted, counted(BRONZE, 300_000)]) };
  const status = statusOf({ ...base, control: old });
  assert.deepEqual(of(status, TOP).freshness, { seconds: 300, origin: 'inherited', from: BRONZE });
  assert.deepEqual(of(status, BRONZE).freshness, { seconds: 300, origin: 'own', from: null });
  assert.equal(of(status, BRONZE).state, 'silent');
  const watch = watched(
    (_topic) => ({ next: 1, high: 1 }),
    (_topic) => ({ next: 5, high: 5 }),
  );
  assert.deepEqual(of(statusOf({ ...base, control: old, watch }), TOP).freshness, {
    ...{ seconds: 1, origin: 'own', from: null },
  });
});

test('D5 what is computed, or never counted, is not called flowing for want of a number', () => {
  const uncounted = new Map([...control.counted].filter(([name]) => name === BRONZE));
  const silent = statusOf({
    ...base,
    control: { ...control, counted: uncounted },
    watch: watched(...Array.from({ length: 32 }, () => () => ({ next: 9, high: 9 }))),
  });
  assert.equal(of(silent, TOP).state, 'silent', 'nothing came while it was looked for, 62 s');
  assert.equal(of(silent, TOP).why, 'Nothing came for 1 min 2 s, and nothing waits.');
  const early = statusOf({
    ...base,
    control: { ...control, counted: uncounted },
    watch: watched(...Array.from({ length: 5 }, () => () => ({ next: 9, high: 9 }))),
  });
  assert.equal(of(early, TOP).state, 'flowing', 'too early to say');
  const relational = {
    ...catalogue,
    tables: catalogue.tables.map((table) => (table.name === TOP ? { ...table, kind: 'relational_view' } : table)),
  };
  const lease = { topic: `santa-deliveries.${SILVER}`, partition: 0, epoch: 1, next: 9, watermark: null, idle: false };
  const leased = (ms: number, next = 9) =>
    statusOf({
      ...base,
      catalogue: relational,
      control: { ...control, counted: uncounted, leases: [{ ...lease, owner: 'a', updatedAt: ago(ms) }] },
      watch: watched(() => ({ next, high: 9 })),
    });
  assert.equal(of(leased(61_000), TOP).state, 'silent', 'its newest commit tells at once');
  assert.equal(of(leased(1_000), TOP).state, 'flowing');
  assert.equal(of(leased(61_000, 8), TOP).state, 'flowing', 'what waits came later, and may have come just now');
});

test('K3 what Postgres said last ages while it is away', () => {
  const status = statusOf({ ...base, sinceControlMs: 90_000 });
  assert.equal(of(status, TOP).freshness?.seconds, 91);
  assert.equal(status.state, 'silent');
});

test('D2 a pipeline of which nothing is known is unknown', () => {
  const status = statusOf({ ...base, control: { ...control, counted: new Map() } });
  assert.equal(status.state, 'unknown');
  assert.equal(of(status, TOP).freshness, null);
});

test('the watermark of a streaming table without windows is the least of its partitions that are not idle', () => {
  const lease = (partition: number, ms: number | null, idle = false) => ({
    ...{ topic: `santa-deliveries.${SILVER}`, partition, epoch: 1, next: 1, idle, owner: 'a', updatedAt: NOW },
    watermark: ms === null ? null : ago(ms),
  });
  const markOf = (leases: ControlFacts['leases']) =>
    of(statusOf({ ...base, control: { ...control, final: new Map(), leases } }), SILVER).watermark;
  assert.equal(markOf([lease(0, 1_000), lease(1, 5_000), lease(2, 9_000, true)]), '2025-12-24T19:59:55.000Z');
  assert.equal(markOf([lease(0, 1_000), lease(1, null)]), null, 'one has none yet');
  assert.equal(markOf([]), null);
});
