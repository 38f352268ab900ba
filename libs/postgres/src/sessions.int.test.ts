import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { milliseconds, noMetrics, silentLog } from '@medallion/core';
import {
  isoInstant,
  json,
  type Layer,
  materializedView,
  minutes,
  type PipelinePlan,
  pipeline,
  session,
  streamingTable,
  topic,
} from '@medallion/pipeline';
import { noProgress, runLayer, type TableStore } from '@medallion/runtime';
import { row, string } from '@medallion/schema';
import {
  createMemoryCodecs,
  createMemoryLog,
  ManualClock,
  MemoryCluster,
  MemoryRegistry,
  until,
} from '@medallion/testkit';
import { patientStore } from '../test/patience.ts';
import { drawing } from '../test/random-expressions.ts';
import { withScratch } from '../test/scratch-store.ts';
import { testDatabase } from '../test/test-database.ts';

const SEED = Number(process.env.SESSIONS_SEED ?? Date.now() % 1_000_000_000);
const PARTITIONS = 4;
const CLICKS = 2_000;
const NOON = Date.parse('2025-12-24T06:00:00Z');

const RawClick = row('RawClick', { click_id: string(), user: string(), page: string(), at: string() });
const bronze = streamingTable('bronze_clicks').from(topic('clicks', { format: json(RawClick), key: 'click_id' }));
const silver = streamingTable('silver_clicks')
  .from(bronze)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(10_000) });
const visits = materializedView('visits')
  .from(silver)
  .windowedBy(session(minutes(5)))
  .groupBy('user')
  .aggregate((a) => ({ clicks: a.count(), pages: a.countDistinct('page') }));

const databaseUrl = await testDatabase();

/** One instance of a layer; bronze and silver end once they have processed what is there. */
function instance(layer: Layer, plan: PipelinePlan, world: World, store: TableStore, owner: string) {
  return runLayer(layer, {
    ...{ plan, store, owner, logger: silentLog, metrics: noMetrics, clock: world.clock },
    log: createMemoryLog(world.cluster),
    codecs: createMemoryCodecs(world.registry),
    progress: () => noProgress,
    report: () => {},
    sleep: async () => void (await turn(undefined)),
    settings: {
      ...{ fetchWaitMs: 1, maxBatchBytes: 2_048, sessionTimeoutMs: 10_000, tickMs: 5, checkpointEveryMs: 1 },
      idleTimeoutMs: milliseconds(30_000),
      ...(layer === 'gold' ? {} : { until: 'caught up' as const }),
    },
  });
}

type World = { readonly cluster: MemoryCluster; readonly registry: MemoryRegistry; readonly clock: ManualClock };

test(`S2 S5 sessions that three instances write at once are those of plain SQL (seed ${SEED})`, async () => {
  const random = drawing(SEED);
  const clicks = Array.from({ length: CLICKS }, (_, i) => ({
    ...{ click_id: `c${i}`, user: `u${random(12)}`, page: `p${random(6)}` },
    at: new Date(NOON + random(40) * 60_000 * 30 + random(30 * 60_000)).toISOString(),
  }));
  const made = (name: string) => pipeline(name, { tables: [bronze, silver, visits] });
  await withScratch(
    databaseUrl,
    async ({ plan, store, reader }) => {
      const clock = new ManualClock((NOON + 86_400_000) as never);
      const world: World = {
        clock,
        registry: new MemoryRegistry(),
        cluster: new MemoryCluster({ now: () => clock.now() }),
      };
      world.cluster.createTopic('clicks', PARTITIONS);
      const appender = await createMemoryLog(world.cluster).appender();
      for (const [i, click] of clicks.entries()) {
        const record = { key: Buffer.from(click.click_id), value: Buffer.from(JSON.stringify(click)), headers: {} };
        await appender.append([{ topic: 'clicks', partition: i % PARTITIONS, records: [record] }]);
      }
      await instance('bronze', plan, world, store, 'bronze').done;
      await instance('silver', plan, world, store, 'silver').done;
      const others = [1, 2].map(() => patientStore(databaseUrl));
      try {
        for (const other of others) await other.migrate(plan);
        const running = [store, ...others].map((each, i) => instance('gold', plan, world, each, `gold ${i}`));
        const counted = async () => Number((await reader.query('SELECT sum(clicks) AS n FROM visits'))[0]?.n ?? 0);
        await until('all clicks are counted', async () => (await counted()) >= CLICKS, 180_000).finally(() =>
          Promise.all(running.map((each) => each.stop())),
        );
      } finally {
        for (const other of others) await other.close();
      }
      const shown = await reader.query(
        `SELECT "user", window_start, window_end, clicks, pages FROM visits ORDER BY 1, 2`,
      );
      const expected = await reader.query(
        `WITH e AS (SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS e("user", at, page)),
              o AS (SELECT *, (at - lag(at) OVER w <= interval '5 minutes') IS NOT TRUE AS opens FROM e WINDOW w AS (PARTITION BY "user" ORDER BY at)),
              s AS (SELECT *, count(*) FILTER (WHERE opens) OVER (PARTITION BY "user" ORDER BY at) AS session FROM o)
         SELECT "user" COLLATE "C" AS "user", min(at) AS window_start, max(at) + interval '5 minutes' AS window_end,
                count(*) AS clicks, count(DISTINCT page) AS pages
         FROM s GROUP BY "user", session ORDER BY 1, 2`,
        [clicks.map((c) => c.user), clicks.map((c) => c.at), clicks.map((c) => c.page)],
      );
      assert.ok(expected.length > 100, `${expected.length} sessions`);
      assert.deepEqual(shown, expected);
    },
    { plan: made },
  );
});
