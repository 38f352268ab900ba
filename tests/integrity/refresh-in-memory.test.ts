import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isMedallionError, milliseconds, systemClock } from '@medallion/core';
import { AUDIT, type MaterializedViewPlan, type PipelinePlan } from '@medallion/pipeline';
import { type LogAdmin, type RecordLog, rebuildView, resetTable, unfinishedRefreshes } from '@medallion/runtime';
import { createMemoryCodecs, createMemoryLogAdmin, memoryResetStore, memoryViewRebuild } from '@medallion/testkit';
import fc from 'fast-check';
import { MemoryEngine, soon } from '../support/memory-engine.ts';
import { refreshShop } from '../support/refresh-shop.ts';
import { seeded } from '../support/seeded.ts';

/** Tables that are rebuilt at any time, beside services that work, come and go, on ports in memory. */

const RAW = 'shop.raw';
const PARTITIONS = 2;
const VIEWS = ['per_minute', 'lately', 'visits'] as const;
const LAYERS = ['bronze', 'silver', 'gold'] as const;
const plan = refreshShop('shop', { raw: RAW });
const NOW = Date.parse('2026-01-01T12:00:00.000Z');

const AUDIT_COLUMNS: ReadonlySet<string> = new Set(Object.values(AUDIT));

type Sale = { readonly sale_id: string; readonly account: string; readonly at: string; readonly amount: number };

/**
 * Sales of half an hour: some bad, some twice, some behind the watermark. An account's sales are all in one partition: in
 * which order partitions are read is open, and it decides which sales find a session open (S3).
 */
function sales(random: () => number, count: number): readonly Sale[] {
  return Array.from({ length: count }, (_, n) => {
    const late = random() < 0.15 ? random() * 400_000 : 0;
    const at = new Date(NOW - 1_800_000 + n * (1_700_000 / count) - late).toISOString();
    const id = random() < 0.1 ? Math.floor(random() * n) : n;
    return {
      sale_id: `s${id}`,
      account: `a${(id % PARTITIONS) + PARTITIONS * Math.floor(random() * 2)}`,
      at: random() < 0.05 ? 'yesterday' : at,
      amount: random() < 0.1 ? -1 : Math.ceil(random() * 9),
    };
  });
}

/** Sales with their partitions: that of a sale is a matter of its id. */
const placed = (all: readonly Sale[]) => all.map((sale) => [Number(sale.sale_id.slice(1)) % PARTITIONS, sale] as const);

const engineOf = (random: () => number): MemoryEngine => new MemoryEngine(plan, { [RAW]: PARTITIONS }, random);

/** All that users see, without what depends on when it was processed. */
function shown(engine: MemoryEngine, declared: PipelinePlan = plan): readonly string[] {
  const { database } = engine;
  const rows = [...VIEWS, 'accounts', 'totals'].flatMap((name) =>
    database.rows(name).map((row) => {
      const kept = declared.tables.find((table) => table.name === name)!.schema.fields.map((field) => field.name);
      const own = kept.filter((column) => !AUDIT_COLUMNS.has(column));
      return `${name} ${JSON.stringify(own.map((column) => row[column]))}`;
    }),
  );
  const refused = database.quarantined.map(({ table, outcome, partition, row }) => {
    const { sale_id, account, at, amount } = JSON.parse(row ?? '{}') as Partial<Sale>;
    return `refused ${table} ${outcome} ${partition} ${sale_id} ${account} ${at} ${amount}`;
  });
  const late = database.late.map((row) => `late ${row.view} ${row.windowStart} ${row.watermark} ${row.eventTime}`);
  const counts = database.counts.map((count) => {
    const { table, flow, partition, kind } = count;
    const of = kind === 'records' ? [count.outcome, count.records] : [count.rule, count.judged, count.failed];
    return `count ${table} ${flow} ${partition} ${of.join(' ')}`;
  });
  return [...rows, ...refused, ...late, ...counts].sort();
}

/** Compares all that is shown; names what is missing and what is too much. */
function same(actual: readonly string[], wanted: readonly string[]): void {
  const [missing, extra] = [new Set(wanted).difference(new Set(actual)), new Set(actual).difference(new Set(wanted))];
  assert.deepEqual({ missing: [...missing].slice(0, 8), extra: [...extra].slice(0, 8) }, { missing: [], extra: [] });
  assert.equal(actual.length, wanted.length);
}

async function caughtUp(engine: MemoryEngine, declared: PipelinePlan = plan): Promise<void> {
  const at = (flow: string) => engine.checkpointed(flow);
  const leased = (topic: string) =>
    engine.database.leases.filter((lease) => lease.topic === topic).reduce((sum, { next }) => sum + next, 0);
  await soon('all is processed', () => {
    const flows = at('bronze') === engine.size(RAW) && at('silver') === engine.size('shop.bronze');
    const keyed = at('accounts') === engine.size('shop.silver');
    const topics = declared.tables.flatMap((table) =>
      table.kind === 'streaming_table'
        ? [table.topic, table.quarantineTopic]
        : table.kind === 'keyed_table'
          ? [table.changelogTopic, table.quarantineTopic]
          : [],
    );
    return flows && keyed && topics.every((topic) => leased(topic) === engine.size(topic));
  });
}

/** What an engine shows that nobody refreshed: the batch oracle of a refreshed one. */
async function expected(given: readonly (readonly [number, Sale])[], declared = plan): Promise<readonly string[]> {
  const engine = new MemoryEngine(declared, { [RAW]: PARTITIONS });
  for (const [partition, sale] of given) await engine.send(RAW, partition, [sale]);
  for (const layer of LAYERS) engine.start(layer);
  try {
    await caughtUp(engine, declared);
    return shown(engine, declared);
  } finally {
    await engine.stop();
  }
}

const pauseOf = async (random: () => number, most: number): Promise<void> => {
  for (let i = 0; i < random() * most; i++) await turn(undefined);
};

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

/** Stops the command at one of its steps, as a crash would. */
class Crash extends Error {}

function crashing(parts: { log: RecordLog; admin: LogAdmin }, dies: () => void): { log: RecordLog; admin: LogAdmin } {
  const { log, admin } = parts;
  const before = async <T>(work: () => Promise<T>): Promise<T> => {
    dies();
    const done = await work();
    dies();
    return done;
  };
  return {
    log: {
      ...log,
      ensureTopics: (specs) => before(() => log.ensureTopics(specs)),
      appender: async () => {
        const appender = await log.appender();
        return { append: (all) => before(() => appender.append(all)), close: () => appender.close() };
      },
    },
    admin: {
      ...admin,
      deleteTopics: async (topics) => {
        for (const topic of topics) await before(() => admin.deleteTopics([topic]));
      },
      forgetGroup: (group) => before(() => admin.forgetGroup(group)),
    },
  };
}

test('U8 U9 U10 U11 a table that is reset, by a command that dies and is run again, is made anew once the services run', async () => {
  const tables = ['bronze', 'silver', 'accounts'] as const;
  await fc.assert(
    fc.asyncProperty(anySeed, fc.constantFrom(...tables), fc.integer({ min: 0, max: 40 }), async (seed, name, step) => {
      const random = seeded(seed);
      const engine = engineOf(random);
      const given = placed(sales(random, 60));
      const parts = { plan, log: engine.log, admin: createMemoryLogAdmin(engine.cluster), clock: systemClock };
      try {
        const running = LAYERS.map((layer) => engine.start(layer));
        engine.faults = true;
        for (const [partition, sale] of given.slice(0, 40)) {
          await engine.send(RAW, partition, [sale]);
          await pauseOf(random, 8);
        }
        if (random() < 0.5) {
          engine.faults = false;
          await caughtUp(engine);
        }
        await Promise.all(running.map((flow) => flow.stop()));
        engine.faults = false;
        let left = step;
        const dies = (): void => {
          if (left-- === 0) throw new Crash();
        };
        let touched = false;
        const store = memoryResetStore(engine.database, () => {
          dies();
          touched = true;
        });
        const reset = (how: { log: RecordLog; admin: LogAdmin }) =>
          resetTable({ ...parts, ...how, store }, name, { by: 'test', allowLoss: false });
        const crashed = await reset(crashing(parts, dies)).then(
          () => false,
          (error) => {
            assert.ok(error instanceof Crash, String(error));
            return true;
          },
        );
        // Whether it had begun or not: who starts too early waits, and goes on by himself.
        const isMarked = (await unfinishedRefreshes(engine.log, 'shop')).length > 0;
        assert.ok(!touched || engine.size('shop.refreshes') > 0, 'nothing is touched before it is noted');
        if (isMarked) {
          engine.conditions.clear();
          for (const layer of LAYERS) engine.start(layer);
          const refused = ['bronze', 'silver', 'accounts', 'gold'];
          const codeOf = (flow: string) => engine.conditions.get(flow) as { readonly code?: string } | undefined;
          await soon('all refuse', () => refused.every((flow) => codeOf(flow)?.code === 'MED_REFRESH_UNFINISHED'));
        }
        left = Number.POSITIVE_INFINITY;
        if (crashed) await reset(parts);
        if (!isMarked) for (const layer of LAYERS) engine.start(layer);
        for (const [partition, sale] of given.slice(40)) await engine.send(RAW, partition, [sale]);
        await caughtUp(engine);
        same(shown(engine), await expected(given));
      } finally {
        await engine.stop();
      }
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
