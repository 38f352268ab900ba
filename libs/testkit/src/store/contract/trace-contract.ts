import assert from 'node:assert/strict';
import { instant } from '@medallion/core';
import type { PipelinePlan } from '@medallion/pipeline';
import {
  type CountDelta,
  type GoldCommit,
  type LateRow,
  type Lease,
  type QuarantinedRow,
  RowRefusedError,
} from '@medallion/runtime';
import { after, commitOf, eventRow, START } from './harness.ts';
import type { Check } from './suite.ts';

const refused = (parts: Partial<QuarantinedRow> = {}): QuarantinedRow => ({
  ...{ table: 'events', outcome: 'violation', reason: 'it broke has_time', violations: [] },
  ...{ topic: 'contract.source', partition: 2, offset: 41, recordedAt: START },
  ...{ key: Buffer.from('k'), value: Buffer.from('{"id":"x"}'), headers: {}, row: '{"id":"x"}' },
  ...parts,
});

const lateRow = (parts: Partial<LateRow> = {}): LateRow => ({
  ...{ view: 'overall', topic: 'contract.events', partition: 1, offset: 5, eventTime: START, windowStart: START },
  ...{
    windowEnd: instant(START + 1),
    watermark: instant(START + 2),
    latenessMs: 2,
    key: null,
    value: Buffer.of(0, 255),
  },
  ...parts,
});

/** I4 what is not in a table is kept beside it, once, and counted. */
export function traceContract(check: Check): void {
  check('a quarantined row comes back with its bytes, headers, violations and coordinates', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const row = refused({
      reason: 'a "quoted" \\ reason, with {braces}, NULL and 🎅🏽',
      violations: [
        { expectation: 'has_time', action: 'quarantine', rule: 'at is not null' },
        { expectation: 'b', action: 'drop', rule: "'; DROP TABLE x; --" },
      ],
      value: Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
      headers: { 'a b': '"\\{}', '': 'empty', ['__proto__']: 'x' },
      row: '{"id":"🎅🏽"}',
      recordedAt: instant(1_798_135_200_123),
    });
    await store.commit(commitOf(plan, await acquire(store), [], { quarantined: [row] }));
    assert.deepEqual(await harness.quarantined(), [row]);
  });

  check('a quarantined row may lack key, value and row', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const row = refused({ key: null, value: null, row: null });
    await store.commit(commitOf(plan, await acquire(store), [], { quarantined: [row] }));
    assert.deepEqual(await harness.quarantined(), [row]);
  });

  check('an empty key or value is no missing one', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const row = refused({ key: Buffer.alloc(0), value: Buffer.alloc(0), reason: '' });
    const late = lateRow({ key: Buffer.alloc(0), value: Buffer.alloc(0) });
    await store.commit(commitOf(plan, await acquire(store), [], { quarantined: [row], late: [late] }));
    assert.deepEqual(await harness.quarantined(), [row]);
    assert.deepEqual(await harness.late(), [late]);
  });

  check('a value of 900 KB is quarantined whole', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const row = refused({ value: Buffer.alloc(900_000, 'x\\"') });
    await store.commit(commitOf(plan, await acquire(store), [], { quarantined: [row] }));
    assert.deepEqual(await harness.quarantined(), [row]);
  });

  check('the same refused record is stored once; of another table, again', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    const commit = (row: QuarantinedRow, next: number) =>
      store.commit(commitOf(plan, after(lease, next), [eventRow({})], { quarantined: [row, row] }));
    await commit(refused(), 0);
    await commit(refused({ outcome: 'duplicate' }), 1);
    await commit(refused({ table: 'raw' }), 2);
    await commit(refused({ offset: 42 }), 3);
    const stored = (await harness.quarantined()).map(({ table, offset, outcome }) => `${table} ${offset} ${outcome}`);
    assert.deepEqual(stored.sort(), ['events 41 violation', 'events 42 violation', 'raw 41 violation']);
  });

  check('a late row is kept with its lateness, once for each view and window', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const rows = [lateRow(), lateRow({ view: 'plain', windowStart: instant(START - 60_000) })];
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [eventRow({})], { late: rows }));
    await store.commit(commitOf(plan, after(lease, 1), [], { late: rows }));
    const stored = (await harness.late()).toSorted((a, b) => (a.view < b.view ? -1 : 1));
    assert.deepEqual(stored, rows);
  });

  check('counts are added up by table, partition and outcome or rule', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    const records = (outcome: 'accepted' | 'late', partition: number, count: number): CountDelta => ({
      ...{ kind: 'records', table: 'events', partition, outcome, records: count },
    });
    const rule = (judged: number, failed: number, dropped: number): CountDelta => ({
      ...{ kind: 'rule', table: 'events', partition: 0, rule: 'has_time', action: 'quarantine' },
      ...{ judged, failed, dropped },
    });
    const first = [records('accepted', 0, 5), records('accepted', 1, 7), rule(10, 2, 1), records('accepted', 0, 1)];
    await store.commit(commitOf(plan, lease, [eventRow({})], { counts: first }));
    await store.commit(commitOf(plan, after(lease, 1), [], { counts: [rule(3, 3, 3), records('late', 0, 4)] }));
    const text = (counts: readonly CountDelta[]) => counts.map((c) => JSON.stringify(c, Object.keys(c).sort())).sort();
    assert.deepEqual(
      text(await harness.counts()),
      text([records('accepted', 0, 6), records('accepted', 1, 7), records('late', 0, 4), rule(13, 5, 4)]),
    );
  });

  check(
    'a total replaces what was counted, and the last one of a commit counts',
    async ({ plan, harness, acquire }) => {
      const store = await harness.open();
      const lease = await acquire(store);
      const of = { table: 'events', partition: 0 } as const;
      const records = (flow: string, count: number): CountDelta => ({
        ...{ kind: 'records', ...of, flow, outcome: 'read', records: count, total: true },
      });
      const rule = (judged: number): CountDelta => ({
        ...{
          kind: 'rule',
          ...of,
          flow: 'a',
          rule: 'has_time',
          action: 'drop',
          judged,
          failed: 1,
          dropped: 1,
          total: true,
        },
      });
      const added: CountDelta = { kind: 'records', ...of, outcome: 'accepted', records: 5 };
      await store.commit(
        commitOf(plan, lease, [eventRow({})], { counts: [records('a', 3), records('b', 1), rule(3), added] }),
      );
      await store.commit(
        commitOf(plan, after(lease, 1), [], { counts: [records('a', 9), records('a', 7), rule(7), added] }),
      );
      const found = (await harness.counts()).map((count) =>
        count.kind === 'records'
          ? `${count.flow ?? ''} ${count.outcome} ${count.records}`
          : `${count.flow} ${count.rule} ${count.judged} ${count.failed} ${count.dropped}`,
      );
      assert.deepEqual(found.sort(), [' accepted 10', 'a has_time 7 1 1', 'a read 7', 'b read 1']);
    },
  );

  const longText = Array.from({ length: 3_000 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7_919) % 20_000))).join(
    '',
  );
  const bad: Record<string, (lease: Lease, plan: PipelinePlan) => GoldCommit> = {
    'a group too long for an index': (lease, plan) => commitOf(plan, lease, [eventRow({ region: longText })]),
    'a distinct value too long for an index': (lease, plan) => commitOf(plan, lease, [eventRow({ member: longText })]),
    'NUL in a group': (lease, plan) => commitOf(plan, lease, [eventRow({ region: 'a\0b' })]),
    'an infinite sum': (lease, plan) => commitOf(plan, lease, [eventRow({ size: Number.POSITIVE_INFINITY })]),
    'NUL in a copied text': (lease, plan) =>
      commitOf(plan, lease, [], { copies: [{ table: 'raw', rows: [{ id: 'a\0b', ingestion_date: 20_811 }] }] }),
    'a copied number out of range': (lease, plan) =>
      commitOf(plan, lease, [], { copies: [{ table: 'raw', rows: [{ small: 2 ** 31, ingestion_date: 20_811 }] }] }),
  };
  for (const [what, make] of Object.entries(bad))
    check(`${what} is refused and leaves nothing behind`, async ({ plan, harness, acquire }) => {
      const store = await harness.open();
      const lease = await acquire(store);
      const commit = make(lease, plan);
      const counts: CountDelta[] = [
        { kind: 'records', table: 'events', partition: 0, outcome: 'accepted', records: 1 },
      ];
      const more = { counts, quarantined: [refused()], late: [lateRow()] };
      // In a window of its own, so that each key is there once.
      const good = commitOf(plan, lease, [eventRow({ event_time: START + 3_600_000 })], {
        copies: [{ table: 'raw', rows: [{ id: 'good', ingestion_date: 20_811 }] }],
      });
      const deltas = new Map([...good.deltas].map(([view, rows]) => [view, [...rows, ...commit.deltas.get(view)!]]));
      const mixed = { ...good, ...more, deltas, copies: [...good.copies, ...commit.copies] };
      await assert.rejects(store.commit(mixed), RowRefusedError);
      assert.equal((await harness.leases())[0]?.next, 0);
      assert.deepEqual(await harness.rows('plain'), []);
      assert.deepEqual(await harness.copied('raw'), []);
      assert.deepEqual(await harness.quarantined(), []);
      assert.deepEqual(await harness.counts(), []);
      assert.deepEqual(await store.commit({ ...good, ...more }), { kind: 'committed' }, 'the store goes on');
      assert.equal((await harness.rows('plain'))[0]?.events, 1);
    });
}
