import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

const STALL_MS = 10_000;

const state = (page: Page, table: string) =>
  page.getByRole('row', { name: new RegExp(`\\b${table}\\b`) }).locator('.state-badge');

const badge = (page: Page, text: RegExp) => page.getByRole('status').filter({ hasText: text });

/** The first number of the page, as text; a page that went blank has none. */
const deliveries = (page: Page): Promise<string | null> =>
  page.getByRole('term').filter({ hasText: 'Deliveries' }).locator('xpath=following-sibling::dd[1]').textContent();

/** What a page shows while something behind it is gone, and that it goes on by itself. */
export function failures(room: () => Room): void {
  test('a gold service that was killed shows as a stall within ten seconds, and heals', async () => {
    const { world } = room();
    await withPage(room(), async ({ page }) => {
      await page.goto(`/operator/${PIPELINE}?view=list`);
      await state(page, 'gold_top_cities').filter({ hasText: 'Flowing' }).waitFor({ timeout: 30_000 });
      const ofGold = page
        .getByRole('region', { name: 'What is wrong now' })
        .getByRole('listitem')
        .filter({ hasText: /gold/ });
      assert.equal(await ofGold.count(), 0, 'nothing is wrong with gold before');
      const gold = world.service('gold-aggregate');
      gold.signal('SIGKILL');
      await gold.ended;
      const killedAt = performance.now();
      let shownAfterMs = Number.POSITIVE_INFINITY;
      try {
        await state(page, 'gold_top_cities')
          .filter({ hasText: /Stalled|Stopped/ })
          .waitFor({ timeout: STALL_MS + 5_000 });
        shownAfterMs = performance.now() - killedAt;
        await ofGold.first().waitFor({ timeout: STALL_MS });
        // What is not to blame is not blamed: the others go on.
        for (const table of ['bronze_santa_deliveries', 'silver_santa_deliveries'])
          assert.doesNotMatch((await state(page, table).first().textContent()) ?? '', /Stalled|Stopped|Unknown/, table);
      } finally {
        world.startService('gold-aggregate');
      }
      await state(page, 'gold_top_cities').filter({ hasText: 'Flowing' }).waitFor({ timeout: 45_000 });
      await ofGold.first().waitFor({ state: 'detached', timeout: 45_000 });
      assert.ok(shownAfterMs < STALL_MS, `a stall is shown after ${Math.round(shownAfterMs)} ms`);
    });
  });

  test('a page stays as it was while Postgres ends its connections, and goes on', async () => {
    const { world } = room();
    await withPage(room(), async (watched) => {
      const { page } = watched;
      await page.goto('/');
      await settled(watched);
      await badge(page, /Live/).waitFor();
      const blank = await blankMoments(page);
      const before = await deliveries(page);
      const ended = await world.santa.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'medallion-dashboard%'`,
      );
      assert.ok(ended.length > 0, 'the dashboard had connections');
      await until('new numbers', async () => (await deliveries(page)) !== before || null, { timeoutMs: 15_000 });
      assert.equal(await blank(), 0);
    });
  });

  test('a page stays as it was while the dashboard is started again, says so, and is live again', async () => {
    const { world } = room();
    await withPage(room(), async (watched) => {
      const { page } = watched;
      await page.goto('/');
      await settled(watched);
      await badge(page, /Live/).waitFor();
      const blank = await blankMoments(page);
      let before = '';
      await world.service('dashboard').stop();
      try {
        await badge(page, /Polling|Offline/).waitFor();
        // What it was told last, until then, is what stays.
        before = (await deliveries(page)) ?? '';
        assert.match(before, /\d/);
        await delay(1_000);
        assert.equal(await deliveries(page), before);
      } finally {
        world.startService('dashboard');
      }
      await badge(page, /Live/).waitFor({ timeout: 30_000 });
      await until('new numbers', async () => (await deliveries(page)) !== before || null, { timeoutMs: 15_000 });
      assert.equal(await blank(), 0);
    });
  });

  test('eight pages of one browser, more than it has connections, are live by one stream', async () => {
    await withPage(room(), async ({ page, context }) => {
      const pages = [page, ...(await Promise.all(Array.from({ length: 7 }, () => context.newPage())))];
      await Promise.all(pages.map((each) => each.goto('/queries')));
      for (const each of pages) await badge(each, /Live/).waitFor({ timeout: 60_000 });
      // Streams of pages that are closed by now may take a moment to be missed.
      await until('there is one stream', async () => (await room().world.listeners()) === 1 || null, {
        timeoutMs: 60_000,
      });
    });
  });

  test('where the stream cannot be had, the page asks now and then', async () => {
    await withPage(room(), async (watched) => {
      const { page } = watched;
      // What a worker that pages share asks for, no page can stop.
      await page.addInitScript({ content: 'delete window.SharedWorker' });
      await page.route('**/api/live**', (route) => route.abort());
      await page.goto('/');
      await settled(watched);
      await badge(page, /Polling/).waitFor();
      const before = await deliveries(page);
      await until('new numbers', async () => (await deliveries(page)) !== before || null, { timeoutMs: 20_000 });
    });
  });
}

/** Counts the moments from now on in which the page shows no number where there was one. */
async function blankMoments(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(`{
    window.__blank = 0;
    setInterval(() => {
      if (!/[0-9]/.test(document.querySelector('main dd')?.textContent ?? '')) window.__blank += 1;
    }, 50);
  }`);
  return () => page.evaluate<number>('window.__blank');
}
