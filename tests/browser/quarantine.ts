import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REFUSED, SCRIPT } from '../support/dashboard-world.ts';
import { tabTo, typeChoice } from '../support/keyboard.ts';
import { until } from '../support/until.ts';
import { PIPELINE, type Room, settled, withPage } from './room.ts';

const SILVER = 'silver_santa_deliveries';
/** As it stands in the record, which is JSON. */
const AS_JSON = JSON.stringify(SCRIPT).slice(1, -1);

type Place = { readonly topic: string; readonly partition: number; readonly offset: number };

/** Refused rows: looked at, and sent on their way again. */
export function quarantine(room: () => Room): void {
  test('what somebody wrote into a refused record is shown as text, and runs nowhere', async () => {
    await withPage(room(), async (watched) => {
      const { page } = watched;
      await page.goto(`/operator/${PIPELINE}/quarantine?table=${SILVER}&rule=valid_status`);
      await settled(watched);
      const rows = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /:\d+:\d+/ }) });
      const opened = page.getByText(AS_JSON).first();
      for (let i = 0; (await opened.count()) === 0 && i < (await rows.count()); i++)
        await rows.nth(i).getByRole('button').click();
      await opened.waitFor();
      assert.equal(await page.evaluate('typeof window.__ran'), 'undefined');
      assert.deepEqual(watched.problems(), []);
    });
  });

  test('a refused row is tried, compared and redriven by the keyboard alone, and ends in gold', async () => {
    const { database } = room().world.santa;
    const [place] = await database.query<Place>(
      `SELECT topic, partition, "offset" FROM medallion.quarantined WHERE table_name = $1 AND "row" ->> 'delivery_id' = $2`,
      [SILVER, REFUSED.id],
    );
    const named = `${place!.topic}:${place!.partition}:${place!.offset}`;
    const inGold = () =>
      database.query('SELECT FROM santa_deliveries.gold_top_cities WHERE city = $1 AND delivered_count = 1', [
        REFUSED.city,
      ]);
    assert.equal((await inGold()).length, 0);
    await withPage(room(), async (watched) => {
      const { page } = watched;
      await page.goto('/');
      await settled(watched);
      await tabTo(page, /^Operator$/);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/operator/${PIPELINE}`);
      await settled(watched);
      await tabTo(page, /^Quarantine$/);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/quarantine');
      await settled(watched);
      await tabTo(page, /^Table/);
      await typeChoice(page, SILVER);
      await page.waitForURL(`**/quarantine?table=${SILVER}`);
      await settled(watched);
      await tabTo(page, /^Rule/);
      await typeChoice(page, 'positive');
      await page.waitForURL(/rule=positive_gift_count/);
      await settled(watched);
      await tabTo(page, new RegExp(`^Choose ${named}$`));
      await page.keyboard.press('Space');
      await tabTo(page, /^Dry run$/);
      await page.keyboard.press('Enter');
      const redrive = page.getByRole('region', { name: 'Redrive', exact: true });
      await redrive.getByText('Would be kept').waitFor();
      const diff = await redrive.getByRole('status').textContent();
      assert.match(diff ?? '', /positive_gift_count.*becomes.*kept/);
      assert.ok(diff?.includes(REFUSED.city), 'the row is shown as it would be');
      assert.equal((await inGold()).length, 0, 'a dry run changes nothing');
      await tabTo(page, /^Redrive 1 record/);
      await page.keyboard.press('Enter');
      const sure = page.getByRole('dialog', { name: 'Redrive 1 record?' });
      await sure.waitFor();
      await tabTo(page, /^Redrive 1 record$/);
      await page.keyboard.press('Enter');
      await redrive.getByText('1 record redriven').waitFor();
      assert.deepEqual(watched.problems(), []);
    });
    await until('it is in gold', async () => (await inGold()).length === 1 || null, { timeoutMs: 300_000 });
    const noted = await database.query<{ action: string }>(
      `SELECT detail ->> 'action' AS action FROM medallion.event_log
       WHERE pipeline = $1 AND kind = 'operator_action' AND subject = $2 ORDER BY id`,
      [PIPELINE, SILVER],
    );
    assert.deepEqual(
      noted.map(({ action }) => action),
      ['redrive_dry_run', 'redrive'],
    );
  });
}
