import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hopping,
  isoInstant,
  json,
  materializedView,
  minutes,
  pipeline,
  session,
  streamingTable,
  topic,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import fc from 'fast-check';
import { testPipeline } from './test-pipeline.ts';

const RawClick = row('RawClick', { click_id: string(), user: string(), at: string() });
const bronze = streamingTable('bronze_clicks').from(topic('clicks', { format: json(RawClick), key: 'click_id' }));
const silver = streamingTable('silver_clicks')
  .from(bronze)
  .expectOrQuarantine('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(60) });
const sliding = materializedView('clicks_sliding')
  .from(silver)
  .windowedBy(hopping(minutes(10), { advance: minutes(5) }))
  .aggregate((a) => ({ clicks: a.count() }));
const visits = materializedView('visits')
  .from(silver)
  .windowedBy(session(minutes(5)))
  .groupBy('user')
  .aggregate((a) => ({ clicks: a.count() }));
const plan = pipeline('web', { tables: [bronze, silver, sliding, visits] });

const NOON = Date.parse('2025-12-24T06:00:00Z');
const click = (minute: number, user = 'ann', click_id = `${user}${minute}`) => ({
  ...{ click_id, user, at: new Date(NOON + minute * 60_000).toISOString() },
});
const inMinutes = (at: number): number => (at - NOON) / 60_000;

async function visitsIn(web: ReturnType<typeof testPipeline>): Promise<readonly unknown[][]> {
  const rows = await web.rows(visits);
  return rows
    .map((v) => [v.user, inMinutes(v.window_start), inMinutes(v.window_end), v.clicks])
    .toSorted((a, b) => (`${a[0]}` < `${b[0]}` ? -1 : `${a[0]}` > `${b[0]}` ? 1 : Number(a[1]) - Number(b[1])));
}

test('H1 a click counts in every hopping window that holds it', async () => {
  const web = testPipeline(plan);
  await web.given('clicks', [click(7), click(12)]);
  const rows = (await web.rows(sliding)).map((w) => [inMinutes(w.window_start), inMinutes(w.window_end), w.clicks]);
  assert.deepEqual(rows, [
    [0, 10, 1],
    [5, 15, 2],
    [10, 20, 1],
  ]);
});

test('S2 a click that comes later makes two visits one', async () => {
  const web = testPipeline(plan);
  await web.given('clicks', [click(0), click(8), click(0, 'bob')]);
  assert.deepEqual(await visitsIn(web), [
    ['ann', 0, 5, 1],
    ['ann', 8, 13, 1],
    ['bob', 0, 5, 1],
  ]);
  await web.given('clicks', [click(4)]);
  assert.deepEqual(await visitsIn(web), [
    ['ann', 0, 13, 3],
    ['bob', 0, 5, 1],
  ]);
});

test('S3 a click for a visit that is over is late, and one that extends an open visit is not', async () => {
  const web = testPipeline(plan, { partitions: 1 });
  // The watermark is 0 after the third click: the first visit is over, the second is open.
  await web.given('clicks', [click(-20), click(-4), click(60)]);
  await web.run();
  await web.given('clicks', [click(-17, 'ann', 'late'), click(-5, 'ann', 'behind')]);
  assert.deepEqual(await visitsIn(web), [
    ['ann', -20, -15, 1],
    ['ann', -5, 1, 2],
    ['ann', 60, 65, 1],
  ]);
  assert.equal((await web.rows(silver)).length, 5);
});

test('S2 any order of arrival gives the same visits', async () => {
  const minute = fc.integer({ min: 0, max: 40 });
  const clicks = fc.array(fc.tuple(minute, fc.constantFrom('ann', 'bob')), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(clicks, fc.integer({ min: 1, max: 5 }), async (all, size) => {
      const web = testPipeline(plan);
      const records = all.map(([at, user], i) => click(at, user, `${user}${i}`));
      for (let i = 0; i < records.length; i += size) {
        await web.given('clicks', records.slice(i, i + size));
        await web.run();
      }
      const expected = ['ann', 'bob'].flatMap((user) => {
        const times = all.filter(([, who]) => who === user).map(([at]) => at);
        const sorted = times.toSorted((a, b) => a - b);
        const chains: number[][] = [];
        for (const at of sorted)
          if (at - (chains.at(-1)?.at(-1) ?? Number.NEGATIVE_INFINITY) > 5) chains.push([at]);
          else chains.at(-1)!.push(at);
        return chains.map((chain) => [user, chain[0]!, chain.at(-1)! + 5, chain.length]);
      });
      assert.deepEqual(await visitsIn(web), expected);
    }),
    { numRuns: 15 },
  );
});
