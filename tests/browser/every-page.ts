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
  test('/api/docs has no barrier but those that Swagger UI itself has, and fits a phone', async () => {
    const complete = ({ page }: WatchedPage): Promise<void> => page.locator('.opblock').first().waitFor();
    const problems = await problemsOf(room(), '/api/docs', complete);
    assert.deepEqual(
      problems.filter((problem) => !OF_SWAGGER_UI.test(problem)),
      [],
    );
  });
}

/** How it nests, names, sizes and colours what it draws, and one style within the page, which the policy keeps from it. */
const OF_SWAGGER_UI =
  /: (color-contrast|heading-order|nested-interactive|region|target-size): |style.*swagger-ui-bundle\.js/;
