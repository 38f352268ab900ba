import assert from 'node:assert/strict';
import { type Instant, NEVER } from '@medallion/core';
import { SOURCE, topicOf } from './contract-plan.ts';
import { after, commitOf, eventRow, MINUTE, START } from './harness.ts';
import type { Check } from './suite.ts';

const at = (minutes: number): Instant => (START + minutes * MINUTE) as Instant;

/** I3 watermarks never go back; final rows never change. W5 what is final is the least over awake partitions. */
export function finalContract(check: Check): void {
  check('nothing is final before anything was said', async ({ harness }) => {
    const store = await harness.open();
    assert.equal((await store.finalThrough()).get(SOURCE) ?? NEVER, NEVER);
  });

  type Case = {
    readonly sentence: string;
    readonly partitions: readonly { readonly watermark: Instant; readonly idle: boolean }[];
    readonly of: number;
    readonly expected: Instant;
  };
  const cases: readonly Case[] = [
    {
      sentence: 'what is final is the least watermark of the partitions',
      partitions: [awake(at(7)), awake(at(3)), awake(at(9))],
      of: 3,
      expected: at(3),
    },
    {
      sentence: 'a partition without a lease holds it back',
      partitions: [awake(at(7)), awake(at(3))],
      of: 3,
      expected: NEVER,
    },
    {
      sentence: 'a partition that had no row yet holds it back',
      partitions: [awake(at(7)), awake(NEVER)],
      of: 2,
      expected: NEVER,
    },
    {
      sentence: 'an idle partition does not hold it back',
      partitions: [awake(at(7)), idle(at(3)), idle(NEVER)],
      of: 3,
      expected: at(7),
    },
    {
      sentence: 'when all are idle, it is the greatest',
      partitions: [idle(at(7)), idle(at(3)), idle(NEVER)],
      of: 3,
      expected: at(7),
    },
    {
      sentence: 'idle partitions that never had a row close nothing',
      partitions: [idle(NEVER)],
      of: 1,
      expected: NEVER,
    },
  ];
  for (const { sentence, partitions, of, expected } of cases)
    check(sentence, async ({ plan, harness, acquire }) => {
      const store = await harness.open();
      for (const [partition, state] of partitions.entries()) {
        const lease = await acquire(store, partition);
        await store.commit(commitOf(plan, lease, [], { state }));
      }
      assert.equal(await store.advanceFinal(SOURCE, topicOf(plan), of), expected);
      assert.equal((await store.finalThrough()).get(SOURCE), expected);
    });

  check(
    'W6 in silence windows are closed by the clock, and only then, and it never goes back',
    async ({ plan, harness, acquire }) => {
      const store = await harness.open();
      const topic = topicOf(plan);
      const [one, two] = [await acquire(store, 0), await acquire(store, 1)];
      await store.commit(commitOf(plan, one, [], { state: idle(at(5)) }));
      await store.commit(commitOf(plan, two, [], { state: awake(at(3)) }));
      assert.equal(await store.closeByClock(SOURCE, topic, 2, at(60)), at(3), 'a partition is awake');
      await store.commit(commitOf(plan, two, [], { state: idle(at(3)) }));
      assert.equal(await store.closeByClock(SOURCE, topic, 3, at(60)), at(3), 'a partition has no lease');
      assert.equal(await store.closeByClock(SOURCE, topic, 2, at(4)), at(5), 'rows have closed more');
      assert.equal(await store.closeByClock(SOURCE, topic, 2, at(60)), at(60));
      assert.equal(await store.closeByClock(SOURCE, topic, 2, at(50)), at(60));
      assert.equal(await store.advanceFinal(SOURCE, topic, 2), at(60));
      assert.equal((await store.finalThrough()).get(SOURCE), at(60));
    },
  );

  check('W6 partitions that never had a row are not closed by the clock', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store, 0);
    await store.commit(commitOf(plan, lease, [], { state: idle(NEVER) }));
    assert.equal(await store.closeByClock(SOURCE, topicOf(plan), 1, at(60)), NEVER);
  });

  check('what is final never goes back, though a partition wakes up behind it', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store, 0);
    const sleeper = await acquire(store, 1);
    await store.commit(commitOf(plan, lease, [], { state: { watermark: at(20) } }));
    await store.commit(commitOf(plan, sleeper, [], { state: { watermark: at(1), idle: true } }));
    assert.equal(await store.advanceFinal(SOURCE, topicOf(plan), 2), at(20));
    await store.commit(commitOf(plan, sleeper, [], { state: { watermark: at(2), idle: false } }));
    assert.equal(await store.advanceFinal(SOURCE, topicOf(plan), 2), at(20));
  });

  check('a row is final once its window and grace period have passed', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    const rows = [0, 1, 2].map((minute) => eventRow({ event_time: at(minute) }));
    await store.commit(commitOf(plan, lease, rows));
    const finals = async (view: string) => (await harness.rows(view)).map((row) => row.is_final);
    const moveTo = async (watermark: Instant) => {
      await store.commit(commitOf(plan, after(lease, 3), [], { state: { watermark } }));
      await store.advanceFinal(SOURCE, topicOf(plan), 1);
    };
    await moveTo((at(1) - 1) as Instant);
    assert.deepEqual(await finals('by_group'), [false, false, false]);
    await moveTo(at(1));
    assert.deepEqual(await finals('by_group'), [true, false, false]);
    assert.deepEqual(await finals('plain'), [false, false, false], 'two minutes of grace');
    await moveTo(at(3));
    assert.deepEqual(await finals('by_group'), [true, true, true]);
    assert.deepEqual(await finals('plain'), [true, false, false]);
    assert.deepEqual(await finals('overall'), [false]);
  });

  check('a commit judged by a former point of finality changes nothing and learns the new one', async (parts) => {
    const { plan, harness, acquire } = parts;
    const store = await harness.open();
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [], { state: { watermark: at(5) } }));
    await store.advanceFinal(SOURCE, topicOf(plan), 1);
    const state = { watermark: at(5) };
    const expected = { kind: 'final_moved', finalThrough: new Map([[SOURCE, at(5)]]) };
    for (const assumed of [new Map(), new Map([[SOURCE, NEVER]]), new Map([[SOURCE, at(4)]])]) {
      const commit = commitOf(plan, lease, [eventRow({ event_time: at(4) })], { state, finalThrough: assumed });
      assert.deepEqual(await store.commit(commit), expected);
    }
    assert.deepEqual(await harness.rows('overall'), []);
    assert.equal((await harness.leases())[0]?.next, 0);
    const right = commitOf(plan, lease, [eventRow({ event_time: at(6) })], {
      state,
      finalThrough: new Map([[SOURCE, at(5)]]),
    });
    assert.deepEqual(await store.commit(right), { kind: 'committed' });
  });

  check('a delta for a final window is a fault of the caller', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    await store.commit(commitOf(plan, lease, [], { state: { watermark: at(5) } }));
    await store.advanceFinal(SOURCE, topicOf(plan), 1);
    const commit = commitOf(plan, lease, [eventRow({})], { finalThrough: new Map([[SOURCE, at(5)]]) });
    await assert.rejects(store.commit(commit), /is final/);
    assert.deepEqual(await harness.rows('overall'), []);
  });

  check('what is final waits for commits under way: no row changes after it is final', async (parts) => {
    const { plan, harness, acquire } = parts;
    const [writer, closer] = [await harness.open(), await harness.open()];
    let lease = await acquire(writer, 0);
    let final = NEVER as Instant;
    for (let minute = 0; minute < 15; minute++) {
      const row = eventRow({ event_time: at(minute) });
      const commit = commitOf(plan, lease, [row], {
        state: { watermark: at(minute + 1) },
        finalThrough: new Map([[SOURCE, final]]),
      });
      const [outcome] = await Promise.all([writer.commit(commit), closer.advanceFinal(SOURCE, topicOf(plan), 1)]);
      assert.equal(outcome.kind, 'committed', 'the window was open before');
      lease = after(lease, 1, { watermark: at(minute + 1) });
      final = await closer.advanceFinal(SOURCE, topicOf(plan), 1);
      assert.equal(final, at(minute + 1));
    }
    const rows = await harness.rows('by_group');
    assert.deepEqual(
      rows.map((row) => [row.events, row.is_final]),
      Array(15).fill([1, true]),
    );
  });

  check('distinct counts outlive their members', async ({ plan, harness, acquire }) => {
    const store = await harness.open();
    const lease = await acquire(store);
    const rows = ['a', 'b'].map((member) => eventRow({ member }));
    await store.commit(commitOf(plan, lease, rows, { state: { watermark: at(30) } }));
    await store.advanceFinal(SOURCE, topicOf(plan), 1);
    await store.maintain(at(31));
    const [row] = await harness.rows('overall');
    assert.deepEqual([row?.members, row?.is_final], [2, true]);
  });
}

function awake(watermark: Instant): { watermark: Instant; idle: boolean } {
  return { watermark, idle: false };
}

function idle(watermark: Instant): { watermark: Instant; idle: boolean } {
  return { watermark, idle: true };
}
