import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityProblems, overflow } from '../support/accessibility.ts';
import type { WatchedPage } from '../support/browser.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

const OPERATOR = `/operator/${PIPELINE}`;

/** One address of each kind of page. */
const PAGES = [
  '/',
  '/queries',
  '/queries/top-cities',
  `/pipelines/${PIPELINE}`,
  `/pipelines/${PIPELINE}/tables/gold_top_cities`,
  OPERATOR,
  `${OPERATOR}?view=list`,
  `${OPERATOR}/tables/silver_santa_deliveries`,
  ...['expectations', 'quarantine', 'redrives', 'events', 'schemas', 'lineage', 'groups', 'leases'].map(
    (section) => `${OPERATOR}/${section}`,
  ),
];

/** What is wrong with one page, dark and light, broad and narrow. */
async function problemsOf(
  room: Room,
  path: string,
  complete: (watched: WatchedPage) => Promise<void> = settled,
): Promise<readonly string[]> {
  const found: string[] = [];
  await withPage(room, async (watched) => {
    const { page } = watched;
    const say = (how: string, problems: readonly string[]): void =>
      void found.push(...problems.map((problem) => `${path} ${how}: ${problem}`));
    await page.goto(path);
    await complete(watched);
    for (const width of [1_440, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await complete(watched);
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme });
        say(`${colorScheme}, ${width} px`, await accessibilityProblems(page));
      }
      const wider = await overflow(page);
      if (wider > 0) found.push(`${path}: ${wider} pixels wider than a window of ${width}`);
    }
    say('', watched.problems());
  });
  return found;
}

/** All pages: for everybody who looks, and without a word to anybody else. */
export function everyPage(room: () => Room): void {
  for (const path of PAGES)
    test(`${path} has no barrier, fits a phone, and breaks no policy`, async () => {
      assert.deepEqual(await problemsOf(room(), path), []);
    });
  test('the description of the API has no barrier, opened and asked, fits a phone, and breaks no policy', async () => {
    const asked = async (watched: WatchedPage): Promise<void> => {
      await settled(watched);
      const { page } = watched;
      const status = page.getByRole('form').getByRole('status');
      if ((await status.textContent()) !== '') return;
      await page.getByRole('button', { name: 'Send' }).click();
      await status.getByText('200 OK').waitFor();
      await page.getByRole('region', { name: 'Answer of GET /api/queries/{name}' }).getByText('"top-cities"').waitFor();
    };
    assert.deepEqual(await problemsOf(room(), '/api-docs#get-api-queries-name', asked), []);
  });
}
