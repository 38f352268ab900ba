import type { Browser } from '../support/browser.ts';
import { openPage, type WatchedPage } from '../support/browser.ts';
import type { DashboardWorld } from '../support/dashboard-world.ts';
import { until } from '../support/until.ts';

/** What the tests of one run share. */
export type Room = { readonly world: DashboardWorld; readonly browser: Browser };

export const PIPELINE = 'santa-deliveries';

/** Opens a page, and closes it when `look` has ended; `look` says what is wrong by throwing. */
export async function withPage(
  { world, browser }: Room,
  look: (watched: WatchedPage) => Promise<void>,
  { baseURL = world.url, ...options }: Parameters<typeof openPage>[2] & { readonly baseURL?: string } = {},
): Promise<void> {
  const watched = await openPage(browser, baseURL, options);
  try {
    await look(watched);
  } finally {
    await watched.context.close();
  }
}

/** What is on its way where one looks; cards further down may come when one gets there. */
const ON_ITS_WAY = `[...document.querySelectorAll('main .skeleton, main [aria-busy="true"]')].some((each) => {
  const { top, bottom, height } = each.getBoundingClientRect();
  return height > 0 && bottom > 0 && top < innerHeight;
})`;

/** Resolves when the page shows what it is about: its heading, and nothing in sight that is still on its way. */
export async function settled({ page }: Pick<WatchedPage, 'page'>): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await until(`${page.url()} is complete`, async () => (await page.evaluate<boolean>(ON_ITS_WAY)) === false || null, {
    timeoutMs: 300_000,
    everyMs: 100,
  });
}
