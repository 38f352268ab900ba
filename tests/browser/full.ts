import assert from 'node:assert/strict';
import { type ClientRequest, get } from 'node:http';
import { test } from 'node:test';
import type { Beside } from '../support/dashboard-world.ts';
import { until } from '../support/until.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

/** As many live streams as a dashboard has room for. */
const ROOM_FOR = 500;
const STREAM = `/api/live?pipeline=${PIPELINE}&channels=commit`;

/** Opens a stream, and reads on for ever; the status of its answer. */
const listen = (url: string, into: ClientRequest[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = get(`${url}${STREAM}`, { agent: false }, (answer) => {
      answer.resume();
      answer.on('error', () => {}); // it is ended from here
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject);
    into.push(request);
  });

/** A dashboard that has as many listeners as it takes. */
export function full(room: () => Room): void {
  test('a page for which there is no stream left says that it asks now and then, does so, and is live when there is', async () => {
    const beside: Beside = await room().world.startBeside({});
    const streams: ClientRequest[] = [];
    try {
      for (let i = 0; i < ROOM_FOR; i += 50) {
        const statuses = await Promise.all(Array.from({ length: 50 }, () => listen(beside.url, streams)));
        assert.deepEqual(new Set(statuses), new Set([200]));
      }
      const refused = await fetch(`${beside.url}${STREAM}`);
      assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [503, 'MED_LIVE_FULL']);
      await withPage(
        room(),
        async (watched) => {
          const { page } = watched;
          await page.goto('/');
          await settled(watched);
          const badge = page.locator('.live-state');
          await badge.filter({ hasText: /^Polling since \d/ }).waitFor();
          assert.match((await badge.getAttribute('title')) ?? '', /asks every 10 to 30 seconds/);
          const version = () => page.locator('[data-version]').getAttribute('data-version');
          const before = await version();
          await until('new numbers', async () => (await version()) !== before || null, { timeoutMs: 300_000 });
          assert.match((await badge.textContent()) ?? '', /^Polling/);
          for (const stream of streams) stream.destroy();
          await badge.filter({ hasText: /^Live$/ }).waitFor();
        },
        { baseURL: beside.url },
      );
    } finally {
      for (const stream of streams) stream.destroy();
      await beside.stop();
    }
  });
}
