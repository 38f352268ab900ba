import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@medallion/core';
import { type LogAdmin, type RecordLog, resetTable, unfinishedRefreshes } from '@medallion/runtime';
import { createMemoryLogAdmin, memoryResetStore, seeded } from '@medallion/testkit';
import fc from 'fast-check';
import {
  caughtUp,
  engineOf,
  expected,
  LAYERS,
  pauseOf,
  placed,
  plan,
  RAW,
  sales,
  same,
  shown,
} from '../support/refresh-world.ts';
import { soon } from '../support/soon.ts';

/** Tables that go back to before their first record, by a command that may die at any step, on ports in memory. */

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
    fc.asyncProperty(
      fc.integer(),
      fc.constantFrom(...tables),
      fc.integer({ min: 0, max: 40 }),
      async (seed, name, step) => {
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
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
});
