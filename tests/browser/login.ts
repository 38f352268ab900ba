import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityProblems } from '../support/accessibility.ts';
import type { Page, WatchedPage } from '../support/browser.ts';
import { type Beside, REFUSED_TOO } from '../support/dashboard-world.ts';
import { until } from '../support/until.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

const TOKENS = { viewer: 'the-token-of-viewers-here', operator: 'the-token-of-operators-here' } as const;
const SILVER = 'silver_santa_deliveries';
const QUARANTINE = `/operator/${PIPELINE}/quarantine?table=${SILVER}&rule=positive_gift_count`;
const API = `/api/operator/${PIPELINE}`;

/** One address of each kind that tells something. */
const TELLING = [
  ...[
    '/api/overview',
    '/api/queries/delivery-kpis',
    '/api/pipelines',
    `/api/live?pipeline=${PIPELINE}`,
    '/api/openapi.json',
  ],
  ...[`${API}/status`, `${API}/quarantine`, `${API}/events`, `${API}/tables/${SILVER}/preview`],
];

const logIn = async (page: Page, token: string): Promise<void> => {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
};

/** What is wrong beside what the browser says of answers that are refusals, or of a dashboard that has just begun to look. */
const beside = (watched: WatchedPage): readonly string[] =>
  watched.problems().filter((problem) => !/responded with a status of (401|403|503) /.test(problem));

/** The answer to a request that the page makes, with its session's token against forgery or without. */
const asks = (page: Page, method: string, path: string, body?: object, meant = true) =>
  page.evaluate<{ status: number; code: string | undefined }>(`(async () => {
    const { csrf } = await (await fetch('/api/session')).json();
    const answer = await fetch(${JSON.stringify(path)}, {
      method: ${JSON.stringify(method)},
      headers: { 'content-type': 'application/json', ...(${meant} && csrf !== null ? { 'x-csrf-token': csrf } : {}) },
      ${body === undefined ? '' : `body: ${JSON.stringify(JSON.stringify(body))},`}
    });
    return { status: answer.status, code: (await answer.json().catch(() => ({}))).code };
  })()`);

/** The dashboard where people log in by a token. */
export function login(room: () => Room): void {
  let guarded: Beside;
  before(async () => {
    const tokens = { VIEWER_TOKEN: TOKENS.viewer, OPERATOR_TOKEN: TOKENS.operator };
    guarded = await room().world.startBeside({ AUTH: 'token', ...tokens });
  });
  after(() => guarded?.stop());
  const withGuarded = (look: (watched: WatchedPage) => Promise<void>): Promise<void> =>
    withPage(room(), look, { baseURL: guarded.url });

  test('without a login nothing is told, to no program and on no page', async () => {
    for (const path of TELLING) {
      const answer = await fetch(`${guarded.url}${path}`);
      assert.equal(answer.status, 401, path);
      assert.equal(((await answer.json()) as { code?: string }).code, 'MED_LOGIN_REQUIRED', path);
    }
    await withGuarded(async ({ page }) => {
      const told: string[] = [];
      page.on('response', (response) => {
        if (response.url().includes('/api/') && response.ok()) told.push(new URL(response.url()).pathname);
      });
      await page.goto('/');
      await page.waitForURL('**/login?next=%2F');
      await page.getByLabel('Token').waitFor();
      assert.deepEqual([...new Set(told)], ['/api/session']);
      assert.equal(await page.getByRole('term').count(), 0, 'no number is on show');
    });
  });

  test('a wrong token is said to be one; the right one of a viewer leads to where they wanted, and not to a redrive', async () => {
    await withGuarded(async (watched) => {
      const { page } = watched;
      await page.goto(QUARANTINE);
      await page.waitForURL('**/login?next=**');
      await logIn(page, 'no-token-that-there-is');
      const failure = page.getByRole('alert');
      await failure.waitFor();
      assert.match((await failure.textContent()) ?? '', /That did not work. Check the token/);
      assert.equal(await page.getByLabel('Token').getAttribute('aria-invalid'), 'true');
      await logIn(page, TOKENS.viewer);
      await page.waitForURL(`**${QUARANTINE}`);
      await settled(watched);
      await page.getByText('Only operators may redrive').waitFor();
      await page.getByRole('checkbox').first().check();
      assert.equal(await page.getByRole('button', { name: 'Dry run' }).isDisabled(), true);
      assert.deepEqual(beside(watched), []);
      for (const dryRun of [true, false])
        assert.deepEqual(await asks(page, 'POST', `${API}/redrives`, { table: SILVER, dryRun }), {
          ...{ status: 403, code: 'MED_FORBIDDEN' },
        });
    });
  });

  test('an operator redrives a row, which ends in gold, and it is written down who did', async () => {
    const { database } = room().world.santa;
    const inGold = () =>
      database.query('SELECT FROM santa_deliveries.gold_top_cities WHERE city = $1 AND delivered_count = 1', [
        REFUSED_TOO.city,
      ]);
    assert.equal((await inGold()).length, 0);
    await withGuarded(async (watched) => {
      const { page } = watched;
      await page.goto(`/login?next=${encodeURIComponent(QUARANTINE)}`);
      await logIn(page, TOKENS.operator);
      await page.waitForURL(`**${QUARANTINE}`);
      await settled(watched);
      const request = { table: SILVER, rule: 'positive_gift_count', dryRun: false };
      assert.deepEqual(await asks(page, 'POST', `${API}/redrives`, request, false), {
        ...{ status: 403, code: 'MED_REQUEST_FORGED' },
      });
      const [place] = await database.query<{ named: string }>(
        `SELECT concat_ws(':', topic, partition, "offset") AS named FROM medallion.quarantined
         WHERE table_name = $1 AND "row" ->> 'delivery_id' = $2`,
        [SILVER, REFUSED_TOO.id],
      );
      await page.getByRole('checkbox', { name: new RegExp(place!.named.replaceAll('.', '\\.')) }).check();
      await page.getByRole('button', { name: 'Dry run' }).click();
      await page.getByText('Would be kept').waitFor();
      await page.getByRole('button', { name: /^Redrive 1 record …/ }).click();
      await page.getByRole('button', { name: 'Redrive 1 record', exact: true }).click();
      await page.getByText('1 record redriven').waitFor();
      assert.deepEqual(beside(watched), []);
    });
    await until('it is in gold', async () => (await inGold()).length === 1 || null, { timeoutMs: 300_000 });
    const noted = await database.query<{ action: string }>(
      `SELECT detail ->> 'action' AS action FROM medallion.event_log
       WHERE kind = 'operator_action' AND detail ->> 'by' = 'operator' ORDER BY id`,
    );
    assert.deepEqual(
      noted.map(({ action }) => action),
      ['login', 'redrive_dry_run', 'redrive'],
    );
  });

  test('a session survives a restart of the dashboard, and no copy of it a logout', async () => {
    await withGuarded(async (watched) => {
      const { page, context } = watched;
      await page.goto('/');
      await logIn(page, TOKENS.viewer);
      const live = page.getByRole('status').filter({ hasText: /Live/ });
      await live.waitFor();
      await settled(watched);
      await guarded.restart();
      await page.reload();
      await live.waitFor();
      await settled(watched);
      assert.equal(new URL(page.url()).pathname, '/');
      const copies = await context.cookies();
      assert.deepEqual(
        copies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]),
        [['medallion', true, 'Strict']],
      );
      const cookie = copies.map(({ name, value }) => `${name}=${value}`).join('; ');
      const byCopy = async () => (await fetch(`${guarded.url}/api/overview`, { headers: { cookie } })).status;
      assert.equal(await byCopy(), 200);
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByLabel('Token').waitFor();
      assert.deepEqual(await context.cookies(), []);
      assert.equal(await byCopy(), 401);
      await page.goto('/queries');
      await page.waitForURL('**/login?next=%2Fqueries');
    });
  });

  test('without a secret that outlives it, the restart of a dashboard ends its sessions, and its page says where to log in', async () => {
    const forgetful = await room().world.startBeside({
      AUTH: 'token',
      VIEWER_TOKEN: TOKENS.viewer,
      SESSION_SECRET: null,
    });
    await withPage(
      room(),
      async (watched) => {
        const { page } = watched;
        await page.goto('/queries');
        await logIn(page, TOKENS.viewer);
        await page.waitForURL('**/queries');
        await settled(watched);
        await forgetful.restart();
        await page.goto('/queries');
        await page.waitForURL('**/login?next=%2Fqueries');
        await page.getByLabel('Token').waitFor();
      },
      { baseURL: forgetful.url },
    );
    await forgetful.stop();
  });

  test('the login has no barrier, dark and light, broad and narrow, also when it failed', async () => {
    await withGuarded(async (watched) => {
      const { page } = watched;
      await page.goto('/login');
      await page.getByLabel('Token').waitFor();
      const found: string[] = [];
      for (const state of ['at first', 'after a wrong token']) {
        for (const width of [1_440, 360])
          for (const colorScheme of ['dark', 'light'] as const) {
            await page.setViewportSize({ width, height: 740 });
            await page.emulateMedia({ colorScheme });
            const problems = await accessibilityProblems(page);
            found.push(...problems.map((problem) => `${state}, ${colorScheme}, ${width} px: ${problem}`));
          }
        await logIn(page, 'no-token-that-there-is');
        await page.getByRole('alert').waitFor();
      }
      assert.deepEqual(found, []);
    });
  });
}
