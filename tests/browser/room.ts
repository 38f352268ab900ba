import type { Browser } from '../support/browser.ts';
import { openPage, type WatchedPage } from '../support/browser.ts';
import type { DashboardWorld } from '../support/dashboard-world.ts';

/** What the tests of one run share. */
export type Room = { readonly world: DashboardWorld; readonly browser: Browser };

export const PIPELINE = 'santa-deliveries';

/** Opens a page, and closes it when `look` has ended; `look` says what is wrong by throwing. */
export async function withPage(
  { world, browser }: Room,
  look: (watched: WatchedPage) => Promise<void>,
  options: Parameters<typeof openPage>[2] = {},
): Promise<void> {
  const watched = await openPage(browser, world.url, options);
  try {
    await look(watched);
  } finally {
    await watched.context.close();
  }
}

/** Resolves when the page shows what it is about: its heading, and nothing that is still on its way. */
export async function settled({ page }: Pick<WatchedPage, 'page'>): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  const onItsWay = page.locator('.skeleton, [aria-busy="true"]');
  for (let left = await onItsWay.count(); left > 0; left = await onItsWay.count())
    await onItsWay.first().waitFor({ state: 'detached' });
}
