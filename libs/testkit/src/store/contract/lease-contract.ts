import assert from 'node:assert/strict';
import { type Instant, MedallionError, NEVER } from '@medallion/core';
import type { Lease, TableStore } from '@medallion/runtime';
import { topicOf } from './contract-plan.ts';
import { after, commitOf, eventRow, freshState, inOrder, START, stepOf } from './harness.ts';
import type { Check } from './suite.ts';

/** I1 a batch commits only at the current epoch and exact offset. */
export function leaseContract(check: Check): void {
  check('a partition is first acquired at epoch 1, offset 0, with no watermark', async ({ plan, harness }) => {
    const store = await harness.open();
    const topic = topicOf(plan);
    const leases = await store.acquire([{ topic, partition: 3 }], 'a');
    assert.deepEqual(leases, [{ topic, partition: 3, epoch: 1, next: 0, state: freshState }]);
  });

  check('every acquisition raises the epoch and keeps offset and state', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    const state = { watermark: START, coordinates: { 'events:1': '7:0', 'raw:0': '12:3' }, idle: true };
    await store.commit(commitOf(plan, lease, [eventRow({})], { state }));
    const [again] = await store.acquire([{ topic: topicOf(plan), partition: 0 }], 'b');
    assert.deepEqual(again, { ...after(lease, 1, state), epoch: 2 });
  });

  check('a commit moves its leases on, each to its next offset', async ({ plan, harness }) => {
    const store = await harness.open();
    const topic = topicOf(plan);
    const [first, second] = (
      await store.acquire(
        [1, 0].map((partition) => ({ topic, partition })),
        'a',
      )
    ).toSorted((a, b) => a.partition - b.partition) as [Lease, Lease];
    const commit = commitOf(plan, first, [], { leases: [stepOf(second, 4), stepOf(first, 2)] });
    assert.deepEqual(await store.commit(commit), { kind: 'committed' });
    const leases = (await harness.leases()).toSorted((a, b) => a.partition - b.partition);
    assert.deepEqual(leases, [after(first, 2), after(second, 4)]);
    assert.deepEqual([...(await store.positions(topic))].toSorted(), [
      [first.partition, 2],
      [second.partition, 4],
    ]);
    assert.equal((await store.positions('another')).size, 0);
  });

  const wrong: Record<string, (lease: Lease) => Lease> = {
    'a former epoch': (lease) => ({ ...lease, epoch: lease.epoch - 1 }),
    'an epoch to come': (lease) => ({ ...lease, epoch: lease.epoch + 1 }),
    'a former offset': (lease) => ({ ...lease, next: lease.next - 1 }),
    'an offset to come': (lease) => ({ ...lease, next: lease.next + 1 }),
    'another epoch and offset': (lease) => ({ ...lease, epoch: lease.epoch - 1, next: lease.next + 1 }),
    'a partition that nobody acquired': (lease) => ({ ...lease, partition: 9 }),
  };
  for (const [what, mistake] of Object.entries(wrong))
    check(`a commit at ${what} is fenced and writes nothing`, async ({ plan, harness, acquire }) => {
      const store = await harness.open();
      const lease = await moved(store, plan, await acquire(store));
      const before = await everything(harness);
      const stale = mistake(lease);
      const outcome = await store.commit(full(plan, stale));
      assert.deepEqual(outcome, { kind: 'fenced', partitions: [{ topic: stale.topic, partition: stale.partition }] });
      assert.deepEqual(await everything(harness), before);
    });

  check('of several partitions, the fenced ones are named and the others not moved', async ({ plan, harness }) => {
    const store = await harness.open();
    const topic = topicOf(plan);
    const leases = await store.acquire(
      [0, 1, 2].map((partition) => ({ topic, partition })),
      'a',
    );
    await store.acquire(
      [0, 2].map((partition) => ({ topic, partition })),
      'b',
    );
    const before = await harness.leases();
    const outcome = await store.commit(
      commitOf(plan, leases[0]!, [], { leases: leases.map((lease) => stepOf(lease, 1)) }),
    );
    assert.equal(outcome.kind, 'fenced');
    const named = outcome.kind === 'fenced' ? outcome.partitions.map((p) => p.partition).sort() : [];
    assert.deepEqual(named, [0, 2]);
    assert.deepEqual(await harness.leases(), before);
  });

  check('the same commit twice is applied once', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const commit = full(plan, await acquire(store));
    assert.equal((await store.commit(commit)).kind, 'committed');
    const before = await everything(harness);
    assert.equal((await store.commit(commit)).kind, 'fenced');
    assert.deepEqual(await everything(harness), before);
  });

  check('of two instances that commit for one lease at once, one is fenced', async ({ plan, harness, acquire }) => {
    const [one, two] = [await harness.open(), await harness.open()];
    const lease = await acquire(one);
    const outcomes = await Promise.all([one, two].map((store) => store.commit(full(plan, lease))));
    assert.deepEqual(outcomes.map((o) => o.kind).sort(), ['committed', 'fenced']);
    const [row] = await harness.rows('overall');
    assert.equal(row?.events, 1);
  });

  check('the watermark of a lease never goes back', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [], { state: { watermark: START } }));
    await store.commit(commitOf(plan, lease, [], { state: { watermark: (START - 1) as Instant } }));
    await store.commit(commitOf(plan, lease, [], { state: { watermark: NEVER } }));
    assert.equal((await harness.leases())[0]?.state.watermark, START);
  });

  check('a lost reply is settled by the lease: the batch is in, once', async ({ plan, harness }) => {
    harness.loseNextReply();
    const store = await harness.open();
    const at = { topic: topicOf(plan), partition: 0 };
    const [lease] = await store.acquire([at], 'a');
    const unknown = (error: unknown) => error instanceof MedallionError && error.code === 'MED_STORE_UNAVAILABLE';
    await assert.rejects(store.commit(full(plan, lease!)), unknown);
    const [again] = await store.acquire([at], 'a');
    assert.equal(again?.next, 1);
    assert.equal((await harness.rows('overall'))[0]?.events, 1);
    assert.equal((await store.commit(full(plan, again!))).kind, 'committed');
    assert.equal((await harness.rows('overall'))[0]?.events, 2);
  });

  type Parts = Parameters<Parameters<Check>[1]>[0];
  const moved = async (store: TableStore, plan: Parts['plan'], lease: Lease): Promise<Lease> => {
    await store.commit(commitOf(plan, lease, [eventRow({}), eventRow({})]));
    return after(lease, 2);
  };

  const everything = async (harness: Parts['harness']): Promise<unknown> => ({
    leases: await harness.leases(),
    views: await Promise.all(
      ['by_group', 'overall', 'plain', 'sliding', 'visits'].map(async (v) => inOrder(await harness.rows(v))),
    ),
    copied: await harness.copied('raw'),
    quarantined: await harness.quarantined(),
    late: await harness.late(),
    counts: await harness.counts(),
  });
}

/** A commit of one row that writes to every table. */
function full(plan: Parameters<typeof commitOf>[0], lease: Lease): ReturnType<typeof commitOf> {
  const at = { topic: lease.topic, partition: lease.partition, offset: lease.next };
  return commitOf(plan, lease, [eventRow({})], {
    copies: [{ table: 'raw', rows: [{ id: 'x', ingestion_date: 20_811 }] }],
    quarantined: [
      {
        ...at,
        ...{ table: 'events', outcome: 'violation', reason: 'it broke has_time', violations: [], recordedAt: START },
        ...{ key: null, value: Buffer.from('{}'), headers: {}, row: '{}' },
      },
    ],
    late: [
      {
        ...at,
        ...{ view: 'overall', eventTime: START, windowStart: START, windowEnd: (START + 1) as Instant },
        ...{ watermark: START, latenessMs: 0, key: null, value: null },
      },
    ],
    counts: [{ kind: 'records', table: 'events', partition: 0, outcome: 'accepted', records: 1 }],
  });
}
