import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@medallion/core';
import { createGoldReader, type Query } from '@medallion/postgres';
import { createVersions } from '../../services/dashboard/src/http/versions.ts';
import { until } from '../support/until.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

/** The key numbers of the page, as it writes them, by a plain query over the gold tables and their stored sums. */
const NUMBERS = `WITH newest AS (SELECT max(window_start) + interval '1 minute' AS hour_end FROM santa_deliveries.gold_delivery_summary_realtime),
hour AS (
  SELECT sum(delivered_count)::int AS delivered, sum(delayed_count)::int AS delayed, sum(gifts_delivered)::int AS gifts
  FROM santa_deliveries.gold_delivery_summary_realtime, newest WHERE window_start >= hour_end - interval '1 hour'
), cities AS (
  SELECT count(DISTINCT city)::int AS active FROM santa_deliveries.gold_top_cities, newest
  WHERE window_end > hour_end - interval '1 hour'
)
SELECT * FROM hour, cities`;
type Numbers = {
  readonly delivered: number;
  readonly delayed: number;
  readonly gifts: number;
  readonly active: number;
};

const written = ({ delivered, delayed, gifts, active }: Numbers): Readonly<Record<string, string>> => {
  const count = (value: number): string => new Intl.NumberFormat('en').format(value);
  const percent = (part: number): string => `${((100 * part) / (delivered + delayed)).toFixed(1)}\u00a0%`;
  return {
    Deliveries: count(delivered),
    'Success rate': percent(delivered),
    'Delay rate': percent(delayed),
    'Gifts delivered': count(gifts),
    'Active cities': count(active),
  };
};

/** Notes what the page shows at each version of the tables, as soon as all of it is drawn. */
const WATCH = `(() => {
  window.seen = {};
  const look = () => {
    const version = document.querySelector('[data-version]')?.getAttribute('data-version');
    if (version == null) return;
    const shown = {};
    for (const term of document.querySelectorAll('.kpis dt')) shown[term.textContent] = term.parentElement.querySelector('dd').textContent;
    window.seen[version] = shown;
  };
  new MutationObserver(() => requestAnimationFrame(look)).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
})()`;

/** So many states of the tables have to be met by both, each of them while events come in. */
const WANTED = 3;

/** What the page shows while the tables change under it. */
export function sameSnapshot(room: () => Room): void {
  test('while events come in, the numbers of the page are those of SQL over the same snapshot', async () => {
    const { world } = room();
    const reader = createGoldReader({ databaseUrl: world.santa.stack.databaseUrl, schemaName: 'santa_deliveries' });
    const versions = createVersions({ query: reader.query, clock: systemClock, maxAgeMs: 1_000, retryMs: 1_000 });
    try {
      await withPage(room(), async (watched) => {
        const { page } = watched;
        await page.goto('/');
        await settled(watched);
        await page.evaluate(WATCH);
        const stored = new Map<string, Numbers>();
        const take = (query: Query) =>
          Promise.all([versions.within(query, PIPELINE), query<Numbers>(NUMBERS)] as const);
        let met: readonly string[] = [];
        let wrong: unknown;
        await until(
          `the page was read at ${WANTED} states of the tables that SQL saw too`,
          async () => {
            for (let i = 0; i < 20; i++) {
              const [{ version }, [numbers]] = await reader.snapshot(take);
              stored.set(version, numbers!);
            }
            const seen = await page.evaluate<Record<string, Record<string, string>>>('window.seen');
            met = Object.keys(seen).filter((version) => stored.has(version));
            for (const version of met) {
              const wanted = written(stored.get(version)!);
              const shown = Object.fromEntries(Object.keys(wanted).map((name) => [name, seen[version]![name]]));
              if (JSON.stringify(shown) !== JSON.stringify(wanted)) wrong ??= { version, shown, wanted };
            }
            return wrong !== undefined || met.length >= WANTED || null;
          },
          { timeoutMs: 60_000, everyMs: 20, describe: () => `${met.length} of ${stored.size}` },
        );
        assert.equal(wrong, undefined);
      });
    } finally {
      versions.close();
      await reader.close();
    }
  });
}
