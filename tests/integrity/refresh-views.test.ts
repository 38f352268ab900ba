import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMedallionError, milliseconds } from '@medallion/core';
import type { MaterializedViewPlan, PipelinePlan } from '@medallion/pipeline';
import { rebuildView } from '@medallion/runtime';
import { createMemoryCodecs, createMemoryLogAdmin, memoryViewRebuild, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine } from '../support/memory-engine.ts';
import { refreshShop } from '../support/refresh-shop.ts';
import {
  caughtUp,
  engineOf,
  expected,
  LAYERS,
  NOW,
  PARTITIONS,
  pauseOf,
  placed,
  plan,
  RAW,
  sales,
  same,
  shown,
  VIEWS,
} from '../support/refresh-world.ts';
import { soon } from '../support/soon.ts';

/** Windowed views that are rebuilt at any time, beside services that work, come and go, on ports in memory. */

const refresh = (
  engine: MemoryEngine,
  name: string,
  declared: PipelinePlan = plan,
  more: { readonly allowLoss?: boolean; readonly withLate?: boolean } = {},
  pause?: () => Promise<void>,
) => {
  const view = declared.tables.find((table) => table.name === name) as MaterializedViewPlan;
  return rebuildView({
    ...{
      plan: declared,
      view,
      log: engine.log,
      admin: createMemoryLogAdmin(engine.cluster),
      allowLoss: false,
      ...more,
    },
    codecs: createMemoryCodecs(engine.registry),
    rebuild: memoryViewRebuild(engine.database, declared, view, pause),
  });
};

const anySeed = fc.integer();

test('U1 U2 U3 a windowed view that is rebuilt at any time, beside a gold service that goes on, is the batch query', async () => {
  await fc.assert(
    fc.asyncProperty(anySeed, async (seed) => {
      const random = seeded(seed);
      const engine = engineOf(random);
      const given = placed(sales(random, 120));
      for (const layer of LAYERS) engine.start(layer);
      engine.faults = true;
      try {
        const rebuilt: Promise<unknown>[] = [];
        for (const [partition, sale] of given) {
          await engine.send(RAW, partition, [sale]);
          await pauseOf(random, 6);
          const slowly = () => pauseOf(random, 12);
          const view = VIEWS[Math.floor(random() * VIEWS.length)]!;
          if (random() < 0.05) rebuilt.push(refresh(engine, view, plan, {}, slowly));
        }
        await Promise.all(rebuilt);
        engine.faults = false;
        await caughtUp(engine);
        const before = shown(engine);
        for (const view of VIEWS) assert.deepEqual(await refresh(engine, view).then(({ written }) => written), 0);
        same(shown(engine), before);
        same(before, await expected(given));
      } finally {
        await engine.stop();
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});

test('U2 what is wrong in a view is right after its rebuild', async () => {
  const random = seeded(11);
  const engine = engineOf(random);
  const given = placed(sales(random, 80));
  for (const [partition, sale] of given) await engine.send(RAW, partition, [sale]);
  for (const layer of LAYERS) engine.start(layer);
  try {
    await caughtUp(engine);
    const stored = engine.database.viewOf('per_minute')!;
    const [first] = stored.rows(Number.NEGATIVE_INFINITY as never);
    const start = first!.window_start as never;
    stored.merge({
      ...{ windowStart: start, windowEnd: first!.window_end as never, group: [first!.account!] },
      partials: [
        { kind: 'count', count: 7 },
        { kind: 'sum', sum: 1 },
        { kind: 'max', value: 99 },
        { kind: 'count_distinct', members: new Set(['nobody']) },
      ],
    });
    assert.equal((await refresh(engine, 'per_minute')).written, 1);
    same(shown(engine), await expected(given));
  } finally {
    await engine.stop();
  }
});

test('U3 a row that was late because its window was final stays late, and counts once that is asked for', async () => {
  const engine = engineOf(Math.random);
  const at = (minute: number) => new Date(NOW + minute * 60_000).toISOString();
  const sale = (id: number, minute: number) => ({ sale_id: `s${id}`, account: 'a', at: at(minute), amount: 1 });
  try {
    for (const layer of LAYERS) engine.start(layer, { idleTimeoutMs: milliseconds(20) });
    await engine.send(RAW, 0, [sale(0, -30)]);
    await engine.send(RAW, 1, [sale(1, -5)]);
    await caughtUp(engine);
    // Both are silent, so the table's watermark is the greatest: the window of the row that comes next is final.
    await soon('it is final', () => (engine.database.finalThrough.get('silver') ?? 0) > NOW - 600_000);
    await engine.send(RAW, 0, [sale(2, -30)]);
    await caughtUp(engine);
    const before = shown(engine);
    const late = engine.database.late.filter(({ view }) => view === 'per_minute');
    assert.deepEqual(
      late.map(({ partition, watermark }) => [partition, watermark > NOW - 600_000]),
      [[0, true]],
    );
    assert.equal((await refresh(engine, 'per_minute')).written, 0);
    same(shown(engine), before);
    const sum = () => engine.database.rows('per_minute').reduce((all, { sales }) => all + Number(sales), 0);
    assert.equal(sum(), 2);
    for (const withLate of [true, false]) {
      await refresh(engine, 'per_minute', plan, { withLate });
      assert.equal(sum(), 3);
      assert.ok(engine.database.late.every(({ view }) => view !== 'per_minute'));
    }
  } finally {
    await engine.stop();
  }
});

test('U4 a view that is new, and whose topic was read without it, is built from the start', async () => {
  const without = { ...plan, tables: plan.tables.filter(({ name }) => name !== 'lately') };
  const random = seeded(8);
  const engine = new MemoryEngine(without, { [RAW]: PARTITIONS }, random);
  const given = placed(sales(random, 50));
  for (const [partition, each] of given) await engine.send(RAW, partition, [each]);
  const [, , gold] = LAYERS.map((layer) => engine.start(layer));
  try {
    await caughtUp(engine);
    await gold!.stop();
    const early = engine.start('gold', { until: 'caught up' }, plan);
    await assert.rejects(early.done, { code: 'MED_TABLE_BEHIND' });
    assert.equal((await refresh(engine, 'lately')).mode, 'built');
    engine.start('gold', {}, plan);
    await caughtUp(engine);
    same(shown(engine), await expected(given));
  } finally {
    await engine.stop();
  }
});

test('U4 a view that is declared otherwise is refused while gold runs, and is what it would be had it always been so', async () => {
  const random = seeded(5);
  const engine = engineOf(random);
  const given = placed(sales(random, 100));
  for (const [partition, sale] of given) await engine.send(RAW, partition, [sale]);
  const [, , gold] = LAYERS.map((layer) => engine.start(layer));
  const changed = refreshShop('shop', { raw: RAW, minutes: 3, version: 2 });
  try {
    await caughtUp(engine);
    await assert.rejects(refresh(engine, 'per_minute', changed), (error) => {
      assert.ok(isMedallionError(error) && error.code === 'MED_REFRESH_REFUSED');
      assert.match(`${error.message} ${error.remedy}`, /shop\.gold \(member 0 \(memory\)\).*stop gold-aggregate/);
      return true;
    });
    await gold!.stop();
    assert.equal((await refresh(engine, 'per_minute', changed)).mode, 'built');
    engine.start('gold', {}, changed);
    await caughtUp(engine, changed);
    same(shown(engine, changed), await expected(given, changed));
  } finally {
    await engine.stop();
  }
});

test('U5 a view whose topic has lost its start is refused, with the range, unless the loss is meant', async () => {
  const random = seeded(3);
  const engine = engineOf(random);
  for (const [n, sale] of sales(random, 40).entries()) await engine.send(RAW, n % PARTITIONS, [sale]);
  for (const layer of LAYERS) engine.start(layer);
  try {
    await caughtUp(engine);
    engine.cluster.partition({ topic: 'shop.silver', partition: 1 })!.truncate(4);
    await assert.rejects(refresh(engine, 'per_minute'), {
      code: 'MED_REFRESH_REFUSED',
      message: /shop\.silver\[1\] offsets 0 to 3/,
    });
    const { missing } = await refresh(engine, 'per_minute', plan, { allowLoss: true });
    assert.deepEqual(missing, [{ topic: 'shop.silver', partition: 1, low: 4 }]);
  } finally {
    await engine.stop();
  }
});
