import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@medallion/core';
import { createGoldReader } from '@medallion/postgres';
import { createVersions } from '../../services/dashboard/src/http/versions.ts';
import type { Page } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { differences, numbersBySql, type PageNumbers, watchNumbers } from './page-numbers.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

/** So many states of the tables have to be met by both, each of them while events come in. */
const WANTED = 3;

const showTable = (page: Page, figure: string): Promise<void> =>
  page.getByRole('button', { name: `Show ${figure} as table` }).click();

type State = { readonly version: string; readonly numbers: PageNumbers };

/** Reads the numbers by SQL, each time with the version of the tables that they are of. */
async function withSql(
  { world }: Room,
  minutes: number,
  look: (read: () => Promise<State>) => Promise<void>,
): Promise<void> {
  const reader = createGoldReader({ databaseUrl: world.santa.stack.databaseUrl, schemaName: 'santa_deliveries' });
  const versions = createVersions({ query: reader.query, clock: systemClock, maxAgeMs: 1_000, retryMs: 1_000 });
  try {
    await look(() =>
      reader.snapshot(async (query) => ({
        version: (await versions.within(query, PIPELINE)).version,
        numbers: await numbersBySql(query, minutes),
      })),
    );
  } finally {
    versions.close();
    await reader.close();
  }
}

/** All of the page. */
const FIGURES = [
  ...['Where the gifts go', 'Cities', 'Events per minute', 'Success and delay per minute'],
  ...['Progress of the night', 'Gift types', 'Weather'],
];
const KEY_NUMBERS = [
  ...['Deliveries', 'Success rate', 'Delay rate', 'Gifts delivered'],
  ...['Average time', 'Weather-adjusted time', 'Active cities'],
];

/** What is compared has to be there: numbers with digits, tables with rows. */
function assertWhole({ numbers, tables }: PageNumbers, names: readonly string[], figures: readonly string[]): void {
  for (const name of names) assert.match(numbers[name] ?? '', /\d/, name);
  assert.deepEqual(Object.keys(tables).sort(), figures.toSorted());
  for (const [figure, { length }] of Object.entries(tables)) assert.ok(length > 3, `${figure}: ${length} rows`);
}

/** What the page shows while the tables change under it. */
export function sameSnapshot(room: () => Room): void {
  test('while events come in, every number and table of the page is that of SQL over the same snapshot', async () => {
    await withPage(room(), async (watched) => {
      const { page } = watched;
      await page.goto('/');
      await settled(watched);
      await page.getByRole('button', { name: 'Regions' }).click();
      for (const figure of FIGURES) await showTable(page, figure.toLowerCase());
      const seen = await watchNumbers(page);
      const met = new Map<string, PageNumbers>();
      const stored = new Map<string, PageNumbers>();
      await withSql(room(), 60, (read) =>
        until(
          `the page was read at ${WANTED} states of the tables that SQL saw too`,
          async () => {
            for (let i = 0; i < 5; i++) {
              const { version, numbers } = await read();
              stored.set(version, numbers);
            }
            for (const [version, shown] of Object.entries(await seen())) {
              const wanted = stored.get(version);
              if (wanted !== undefined) met.set(version, shown);
            }
            return met.size >= WANTED || null;
          },
          { timeoutMs: 300_000, everyMs: 20, describe: () => `${met.size} of ${stored.size}` },
        ).then(() => {}),
      );
      for (const [version, shown] of met) {
        assert.deepEqual(differences(shown, stored.get(version)!), [], version);
        assertWhole(shown, KEY_NUMBERS, FIGURES);
        assert.equal(shown.tables['Events per minute']!.length, 60);
      }
      assert.deepEqual(watched.problems(), []);
    });
  });

  test('a day that is chosen is a day: its numbers, its minutes and the totals are those of SQL', async () => {
    await withPage(room(), async (watched) => {
      const { page } = watched;
      await page.goto('/');
      await settled(watched);
      const chosen = page.getByRole('button', { name: '24 h' });
      await chosen.click();
      await page.waitForURL('**/?minutes=1440');
      assert.equal(await chosen.getAttribute('aria-pressed'), 'true');
      await showTable(page, 'success and delay per minute');
      await page.getByRole('table', { name: /Per minute/ }).waitFor();
      await page.getByLabel('Key numbers, against the 24 hours before').waitFor();
      const seen = await watchNumbers(page);
      // Of so long a time the page asks after each commit, and is told of some states alone: it has to come to rest.
      await withSql(room(), 1_440, (read) =>
        room().world.still(async () => {
          // Read anew each time: that a partition is idle is a commit too.
          const [shown, numbers] = await until(
            'the last commit is shown',
            async (): Promise<[PageNumbers, PageNumbers] | null> => {
              const stored = await read();
              const there = (await seen())[stored.version];
              return there === undefined ? null : [there, stored.numbers];
            },
            { timeoutMs: 300_000, everyMs: 50 },
          );
          assert.deepEqual(differences(shown, numbers), []);
          assertWhole(shown, [...KEY_NUMBERS, 'Gifts so far', 'Events'], ['Success and delay per minute']);
        }),
      );
      assert.equal(await page.getByRole('table', { name: /Per minute/ }).getAttribute('aria-rowcount'), '1441');
      // Two hours of a day have events: the rest of the picture is empty ground.
      const { events, none } = await page.evaluate<{ events: number; none: number }>(DRAWN);
      assert.ok(events > 0.02 && none < events / 2, `drawn on: ${events} where events are, ${none} where none are`);
      assert.deepEqual(watched.problems(), []);
    });
  });
}

/** Which share of the first chart is drawn on, in the hour at its end and in the middle of its day. */
const DRAWN = `(() => {
  const canvas = document.querySelector('figure .uplot canvas');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const isDrawn = (x, y) => data[4 * (y * width + x) + 3] > 0;
  const share = (from, to) => {
    let [drawn, all] = [0, 0];
    for (let x = Math.round(width * from); x < width * to; x++)
      for (let y = 0; y < height * 0.85; y++, all++) drawn += isDrawn(x, y) ? 1 : 0;
    return drawn / all;
  };
  return { events: share(0.96, 0.99), none: share(0.4, 0.6) };
})()`;
