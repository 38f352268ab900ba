import assert from 'node:assert/strict';
import type { Instant } from '@medallion/core';
import type { Lease, TableStore } from '@medallion/runtime';
import type { AnyRow } from '@medallion/schema';
import { SOURCE, topicOf } from './contract-plan.ts';
import { after, commitOf, eventRow, START } from './harness.ts';
import type { Check, CheckParts } from './suite.ts';

const visit = (seconds: number, columns: AnyRow = {}): AnyRow =>
  eventRow({ event_time: START + seconds * 1_000, ...columns });

/** S1 to S5 sessions in the store. */
export function sessionContract(check: Check): void {
  check('S2 an event that bridges two sessions makes them one, with all that was measured', async (parts) => {
    const { store, lease } = await opened(parts);
    const first = await commit(parts, store, lease, [visit(0, { member: 'a' }), visit(10, { member: 'b' })]);
    const second = await commit(parts, store, first, [visit(100, { member: 'b' })]);
    assert.deepEqual(await visits(parts), [
      [0, 70, 2, 2],
      [100, 160, 1, 1],
    ]);
    const third = await commit(parts, store, second, [visit(55, { member: 'c', amount: 7, size: 2 })]);
    assert.deepEqual(await visits(parts), [[0, 160, 4, 3]]);
    const [row] = await parts.harness.rows('visits');
    assert.deepEqual([row?.total, row?.amounts, row?.mean], [10, 2, 3.5 / 4]);
    await commit(parts, store, third, [visit(-30, { member: 'a' })]);
    assert.deepEqual(await visits(parts), [[-30, 160, 5, 3]], 'the start moves, and members with it');
  });

  check('S1 events exactly the gap apart are one session, a millisecond more makes two', async (parts) => {
    const { store, lease } = await opened(parts);
    const next = await commit(parts, store, lease, [visit(0)]);
    const last = await commit(parts, store, next, [visit(60)]);
    assert.deepEqual(await visits(parts), [[0, 120, 2, 1]]);
    await commit(parts, store, last, [visit(120.001)]);
    assert.equal((await visits(parts)).length, 2);
  });

  check('S2 pieces of one batch that only a stored session connects become one with it', async (parts) => {
    const { store, lease } = await opened(parts);
    const next = await commit(parts, store, lease, [visit(0), visit(50), visit(100)]);
    await commit(parts, store, next, [visit(-50, { member: 'x' }), visit(150, { member: 'y' }), visit(400)]);
    assert.deepEqual(await visits(parts), [
      [-50, 210, 5, 3],
      [400, 460, 1, 1],
    ]);
  });

  check('S1 groups have sessions of their own, null among them', async (parts) => {
    const { store, lease } = await opened(parts);
    const groups = [{ region: null }, { region: 'null' }, { flag: null }, { flag: false }, {}];
    const next = await commit(
      parts,
      store,
      lease,
      groups.map((group) => visit(0, group)),
    );
    await commit(
      parts,
      store,
      next,
      groups.map((group) => visit(30, group)),
    );
    assert.deepEqual(await visits(parts), Array(5).fill([0, 90, 2, 1]));
  });

  check('S5 stores that write the same groups at once leave sessions that do not touch', async (parts) => {
    const { plan, harness, acquire } = parts;
    const stores = [await harness.open(), await harness.open(), await harness.open()];
    const leases = await Promise.all(stores.map((store, partition) => acquire(store, partition)));
    // Each piece is another store's than its neighbours, and within the gap of these alone: one that misses another leaves
    // two sessions for good. All begin in the middle, where they meet.
    const perStore = 60;
    const pieces = stores.length * perStore;
    const fromTheMiddle = (i: number): number => (i % 2 === 0 ? pieces / 2 + i / 2 : pieces / 2 - (i + 1) / 2);
    await Promise.all(
      stores.map(async (store, i) => {
        let lease = leases[i]!;
        for (let round = 0; round < perStore; round++) {
          const piece = fromTheMiddle(round * stores.length + i);
          const rows = ['x', 'y', 'z'].map((region) => visit(piece * 50, { region, member: `m${piece % 5}` }));
          const given = i === 0 ? rows : rows.toReversed();
          assert.deepEqual(await store.commit(commitOf(plan, lease, given)), { kind: 'committed' });
          lease = after(lease, given.length);
        }
      }),
    );
    assert.deepEqual(await visits(parts), Array(3).fill([0, (pieces - 1) * 50 + 60, pieces, 5]));
  });

  check('the stored sessions in a range are found by group', async (parts) => {
    const { store, lease } = await opened(parts);
    const rows = [visit(0), visit(200), visit(400), visit(0, { region: null }), visit(200, { flag: null })];
    await commit(parts, store, lease, rows);
    const at = (seconds: number): Instant => (START + seconds * 1_000) as Instant;
    const range = (group: readonly (string | boolean | null)[], from: number, to: number) => ({
      ...{ group, from: at(from), to: at(to) },
    });
    const found = async (...ranges: ReturnType<typeof range>[]) =>
      ((await store.sessions(new Map([['visits', ranges]]))).get('visits') ?? [])
        .map(({ group, start, end }) => [...group, (start - START) / 1_000, (end - START) / 1_000])
        .toSorted((a, b) => Number(a[2]) - Number(b[2]));
    assert.deepEqual(await found(range(['Europe', true], 60, 200)), [
      ['Europe', true, 0, 60],
      ['Europe', true, 200, 260],
    ]);
    assert.deepEqual(await found(range(['Europe', true], 60.001, 199.999)), []);
    assert.deepEqual(
      await found(range([null, true], 0, 500), range(['Europe', null], 0, 500), range(['Asia', true], 0, 1)),
      [
        [null, true, 0, 60],
        ['Europe', null, 200, 260],
      ],
    );
  });

  check('S4 a session is final once its end and grace period have passed', async (parts) => {
    const { store, lease } = await opened(parts);
    const next = await commit(parts, store, lease, [visit(0), visit(30)]);
    const finals = async () => (await parts.harness.rows('visits')).map((row) => row.is_final);
    const moved = await moveTo(parts, store, next, 90 + 59.999);
    assert.deepEqual(await finals(), [false]);
    await moveTo(parts, store, moved, 90 + 60);
    assert.deepEqual(await finals(), [true]);
  });

  check('S4 a final session never changes: what would touch it is a fault of the caller', async (parts) => {
    const { store, lease } = await opened(parts);
    const next = await commit(parts, store, lease, [visit(0)]);
    const moved = await moveTo(parts, store, next, 120);
    const finalThrough = new Map([[SOURCE, (START + 120_000) as Instant]]);
    const only = (rows: readonly AnyRow[]) => {
      const all = commitOf(parts.plan, moved, rows, { finalThrough });
      return { ...all, deltas: new Map([['visits', all.deltas.get('visits')!]]) };
    };
    await assert.rejects(store.commit(only([visit(59, { member: 'z' }), visit(100)])), /is final/);
    assert.deepEqual(await visits(parts), [[0, 60, 1, 1]]);
    assert.deepEqual(await store.commit(only([visit(60, { member: 'z' })])), { kind: 'committed' });
    assert.deepEqual(
      await visits(parts),
      [
        [0, 60, 1, 1],
        [60, 120, 1, 1],
      ],
      'at its very end begins another one',
    );
  });

  check('distinct counts of sessions outlive their members', async (parts) => {
    const { store, lease } = await opened(parts);
    const rows = [visit(0, { member: 'a' }), visit(1, { member: 'b' }), visit(300, { member: 'a' })];
    const next = await commit(parts, store, lease, rows);
    const moved = await moveTo(parts, store, next, 130);
    await store.maintain((START + 200_000) as Instant);
    const finalThrough = new Map([[SOURCE, (START + 130_000) as Instant]]);
    const late = commitOf(parts.plan, moved, [visit(310, { member: 'c' })], { finalThrough });
    assert.deepEqual(await store.commit(late), { kind: 'committed' });
    assert.deepEqual(await visits(parts), [
      [0, 61, 2, 2],
      [300, 370, 2, 2],
    ]);
  });
}

async function opened({ harness, acquire }: CheckParts): Promise<{ store: TableStore; lease: Lease }> {
  const store = await harness.open();
  return { store, lease: await acquire(store) };
}

async function commit({ plan }: CheckParts, store: TableStore, lease: Lease, rows: readonly AnyRow[]): Promise<Lease> {
  assert.deepEqual(await store.commit(commitOf(plan, lease, rows)), { kind: 'committed' });
  return after(lease, rows.length);
}

/** Moves what is final to so many seconds after the start. */
async function moveTo({ plan }: CheckParts, store: TableStore, lease: Lease, seconds: number): Promise<Lease> {
  const state = { watermark: (START + seconds * 1_000) as Instant };
  await store.commit(commitOf(plan, lease, [], { state }));
  await store.advanceFinal(SOURCE, topicOf(plan), 1);
  return after(lease, 0, state);
}

/** Start and end in seconds, events and members of each session. */
const visits = async ({ harness }: CheckParts): Promise<readonly (readonly number[])[]> =>
  (await harness.rows('visits'))
    .map((row) => [
      (Number(row.window_start) - START) / 1_000,
      (Number(row.window_end) - START) / 1_000,
      Number(row.events),
      Number(row.members),
    ])
    .toSorted((a, b) => a[0]! - b[0]!);
