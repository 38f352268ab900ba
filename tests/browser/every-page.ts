import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessibilityProblems, overflow } from '../support/accessibility.ts';
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
async function problemsOf(room: Room, path: string): Promise<readonly string[]> {
  const found: string[] = [];
  await withPage(room, async (watched) => {
    const { page } = watched;
    const say = (how: string, problems: readonly string[]): void =>
      void found.push(...problems.map((problem) => `${path} ${how}: ${problem}`));
    await page.goto(path);
    await settled(watched);
    say('dark, 1440 px', await accessibilityProblems(page));
    await page.emulateMedia({ colorScheme: 'light' });
    say('light, 1440 px', await accessibilityProblems(page, ['color-contrast']));
    await page.setViewportSize({ width: 360, height: 740 });
    await settled(watched);
    say('light, 360 px', await accessibilityProblems(page));
    const wider = await overflow(page);
    if (wider > 0) found.push(`${path}: ${wider} pixels wider than a window of 360`);
    await page.emulateMedia({ colorScheme: 'dark' });
    say('dark, 360 px', await accessibilityProblems(page, ['color-contrast']));
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
}
