import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { testStack } from '@medallion/devstack';
import type {
  EventPage,
  Expectation,
  ExpectationHistory,
  Preview,
  QuarantinedRow,
  QuarantinePage,
  RedrivePage,
  RedriveReport,
  SubjectSchemas,
} from '../contract/index.ts';
import { openVisitsShop, type VisitsShop } from './test/visits-shop.ts';

/** A small pipeline that ran on the real stack: what it refused, redriven by its API. */

const name = `quality-${process.pid}`;
const base = `/api/operator/${name}`;
const SECRET = 'Zebulon';
const SCRIPT = '<script>alert(1)</script>';

let visits: VisitsShop;
let shop: VisitsShop['open'];
// Before the stack, which may be this process's own, ends.
after(() => visits?.close());
const stack = await testStack();

const at = new Date().toISOString();
const visit = (visit_id: string, city: string, persons = 2) => JSON.stringify({ visit_id, city, at, persons });
const guest = (guest_id: string, age: number, city = 'Oslo') =>
  JSON.stringify({ guest_id, guest_name: SECRET, city, age, [SECRET]: SECRET });

before(async () => {
  visits = await openVisitsShop(name, stack);
  shop = visits.open;
  await visits.send('visits', [
    visit('ok', 'Oslo'),
    visit('nobody', 'Rome', 0),
    visit('lost', 'Atlantis'),
    visit('script', SCRIPT),
    `{"visit_id":"proto","city":"x\\u0000y\\ud800","at":"${at}","persons":1,"__proto__":{"polluted":true}}`,
    Buffer.from([0xff, 0xfe, 0x00, 0x41]),
  ]);
  await visits.send(
    'guests',
    [
      guest('a', 30),
      guest('b', -1),
      guest('c', 9, 'Nowhere'),
      guest('d', 9, 'Atlantis'),
      `${SECRET} is no JSON`,
      `"${SECRET}"`,
    ],
    SECRET,
  );
  await visits.run();
});

const quarantine = async (query = ''): Promise<QuarantinePage> =>
  (await shop.get<QuarantinePage>(`${base}/quarantine${query}`)).body;
const inSilver = async (id: string): Promise<QuarantinedRow> => {
  const { rows } = await quarantine('?table=silver_visits');
  return rows.find(({ row }) => row?.visit_id === id) as QuarantinedRow;
};
const redrive = async (request: object): Promise<RedriveReport> => {
  const { status, body, text } = await shop.post<RedriveReport>(`${base}/redrives`, request);
  assert.equal(status, 200, text);
  return body;
};

/** The preview of a topic; on a busy machine what does not come in its time comes with the next one. */
async function preview(table: string): Promise<Preview> {
  for (const deadline = performance.now() + 60_000; ; await delay(1_000)) {
    const { status, body, text } = await shop.get<Preview>(`${base}/tables/${table}/preview`);
    if (status === 200 && body.rows.length > 0) return body;
    assert.ok(performance.now() < deadline, text);
  }
}

test('rules tell what they found, and when', async () => {
  const { body, status, text } = await shop.get<readonly Expectation[]>(`${base}/expectations`);
  assert.equal(status, 200, text);
  const valid = body.find(({ rule }) => rule === 'valid_city')!;
  assert.deepEqual([valid.table, valid.action, valid.records, valid.failed], ['silver_visits', 'quarantine', 5, 3]);
  assert.deepEqual([valid.failedRate, valid.recent.length], [0.6, 30]);
  assert.equal(
    valid.recent.reduce((sum, n) => sum + n, 0),
    3,
  );
  const warned = body.find(({ rule }) => rule === 'has_persons')!;
  assert.deepEqual([warned.failed, warned.recent], [1, []]);
  const url = `${base}/expectations/silver_visits/valid_city/history?minutes=30`;
  const { body: history } = await shop.get<ExpectationHistory>(url);
  assert.deepEqual([history.start.length, history.bucketSeconds], [30, 60]);
  assert.equal(
    history.failed.reduce((sum: number, n) => sum + n!, 0),
    3,
  );
  assert.equal(history.judged[0], null);
});

test('a refused record is shown as the text that it is, and what is no text as base64', async () => {
  const { status, text, body } = await shop.get<QuarantinePage>(
    `${base}/quarantine?table=silver_visits&rule=valid_city`,
  );
  assert.equal(status, 200);
  assert.deepEqual([body.rows.length, body.total, body.nextCursor], [3, 3, null]);
  const script = body.rows.find(({ row }) => row?.visit_id === 'script')!;
  assert.equal(script.row!.city, SCRIPT);
  assert.deepEqual(script.rules, ['valid_city']);
  assert.equal(script.place.topic, `${name}.bronze_visits`);
  assert.ok(text.includes(JSON.stringify(SCRIPT)), 'the same characters, in JSON');
  const [binary] = (await quarantine('?table=bronze_visits')).rows;
  assert.deepEqual([binary?.outcome, binary?.value, binary?.row], ['unparseable', 'base64://4AQQ==', null]);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('a viewer sees what is wrong, and nothing of the bytes', async () => {
  const { guarded, asViewer, asOperator } = visits;
  const { status, body } = await guarded.get<QuarantinePage>(`${base}/quarantine`, asViewer);
  assert.equal(status, 200);
  assert.ok(body.rows.length >= 6);
  for (const { key, value, headers, rules, reason } of body.rows) {
    assert.deepEqual([key, value, headers], [null, null, {}]);
    assert.ok(rules.length > 0 || reason.startsWith('not shown'), reason);
  }
  const all = (await guarded.get<QuarantinePage>(`${base}/quarantine?table=silver_visits`, asOperator)).body;
  assert.ok(all.rows.every(({ value }) => value !== null));
  const request = { table: 'silver_visits', dryRun: true };
  assert.equal((await guarded.post(`${base}/redrives`, request, asViewer)).status, 403);
  assert.equal((await guarded.post(`${base}/redrives`, request)).status, 401);
});

test('a dry run says what would become of each row, and changes nothing', async () => {
  visits.mend();
  const state = () =>
    Promise.all(
      [
        'quarantine',
        'redrives',
        'rules',
        'rule_counts',
        'table_counts',
        'lease',
        'watermarks',
        'catalog',
        'lineage',
      ].map(
        async (table) =>
          (
            await visits.query<{ digest: string }>(
              `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest FROM medallion.${table} t WHERE pipeline = $1`,
              [name],
            )
          )[0]!.digest,
      ),
    );
  const topics = async () => (await visits.log.partitions(`${name}.silver_visits.redrive`)) ?? null;
  const earlier = [await state(), await topics()];
  const { dryRun, chosen, sent, rows, judged } = await redrive({
    table: 'silver_visits',
    rule: 'valid_city',
    dryRun: true,
  });
  assert.deepEqual([dryRun, chosen, sent, judged[0]?.kept], [true, 3, 0, 1]);
  assert.deepEqual(rows.map(({ before: was, after: is }) => `${was} → ${is}`).sort(), [
    'violation: valid_city → kept',
    'violation: valid_city → violation: valid_city',
    'violation: valid_city → violation: valid_city',
  ]);
  assert.equal(rows.find(({ after: is }) => is === 'kept')?.row?.city, 'Atlantis');
  assert.deepEqual([await state(), await topics()], earlier);
  const { events } = (await shop.get<EventPage>(`${base}/events?kind=operator_action`)).body;
  // Of all pipelines are logins, which another test may be trying.
  const own = events.filter(({ subject }) => subject !== 'dashboard');
  assert.deepEqual(
    own.map(({ subject, detail }) => [subject, detail.action, detail.rule]),
    [['silver_visits', 'redrive_dry_run', 'valid_city']],
  );
});

test('rows are redriven once, by place, by one at a time; what a rule now takes ends in gold, the other is refused again', async () => {
  const places = [(await inSilver('lost')).place, (await inSilver('script')).place];
  const answers = await Promise.all(
    [1, 2].map(() => shop.post<RedriveReport>(`${base}/redrives`, { table: 'silver_visits', places, dryRun: false })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  assert.equal(answers.find(({ status }) => status === 200)!.body.sent, 2);
  const again = await redrive({ table: 'silver_visits', places, dryRun: false });
  assert.deepEqual([again.sent, again.left], [0, [{ why: 'redriven before', records: 2 }]]);
  const waiting = (await shop.get<RedrivePage>(`${base}/redrives`)).body.redrives;
  assert.deepEqual(
    waiting.map(({ state, sentAt }) => [state, sentAt !== null]),
    [
      ['sent', true],
      ['sent', true],
    ],
  );
  await visits.run();
  assert.deepEqual(
    (await visits.query<{ city: string }>('SELECT city FROM gold_cities ORDER BY city')).map(({ city }) => city),
    ['Atlantis', 'Oslo', 'Rome'],
  );
  const { redrives } = (await shop.get<RedrivePage>(`${base}/redrives?limit=1`)).body;
  const next = (await shop.get<RedrivePage>(`${base}/redrives`)).body;
  assert.equal(redrives.length, 1);
  const became = Object.fromEntries(next.redrives.map(({ place, state, rules }) => [place.offset, [state, rules]]));
  assert.deepEqual(became[places[0]!.offset], ['sent', []]);
  assert.deepEqual(became[places[1]!.offset], ['refused', ['valid_city']]);
  const { rows } = await preview('silver_visits');
  assert.ok(rows.some(({ visit_id }) => visit_id === 'lost'));
  assert.equal((await inSilver('lost')).redrivenBy, 'anybody');
});

test('a redrive of what is no place, or of another table, is refused', async () => {
  const place = (await inSilver('script')).place;
  const post = (request: object) => shop.post<{ code?: string }>(`${base}/redrives`, request);
  const wrong = [
    { table: 'silver_visits', dryRun: true, places: [{ ...place, table: 'silver_guests' }] },
    { table: 'silver_visits', dryRun: true, places: [{ ...place, partition: 2 ** 40 }] },
    { table: 'silver_visits', dryRun: true, places: [{ ...place, flow: 'a\0b' }] },
    { table: 'silver_visits', dryRun: true, rule: 'a\0b' },
    { table: 'silver_visits', dryRun: true, where: 'true' },
    { table: 'silver_visits' },
  ];
  for (const request of wrong) assert.equal((await post(request)).status, 400, JSON.stringify(request));
  assert.equal((await post({ table: 'none', dryRun: true })).status, 404);
  for (const rule of ["' OR true --", '__proto__', '"}]'])
    assert.equal((await redrive({ table: 'silver_visits', rule, dryRun: true })).chosen, 0, rule);
});

test('what is personal is in no answer, whoever asks for whatever', async () => {
  const gets = [
    ...['/expectations', '/expectations/silver_guests/has_age/history', '/events', '/redrives', '/schemas', '/lineage'],
    ...[
      '/quarantine',
      '/quarantine?table=silver_guests',
      '/quarantine?table=bronze_guests',
      '/quarantine?outcome=dropped',
    ],
    ...visits.plans.strict.tables.map((table) => `/tables/${table.name}/preview`),
    ...['/lineage?table=silver_guests&column=guest_name', '/quarantine?rule=has_age'],
  ];
  for (const each of gets) {
    const { status, text } = await shop.get(`${base}${each}`);
    assert.equal(status, 200, `${each}: ${text}`);
    assert.ok(!text.includes(SECRET), `${each}: ${text}`);
  }
  const { rows } = await quarantine('?table=silver_guests&rule=has_age');
  const { guest_id, guest_name, city } = rows[0]!.row!;
  assert.deepEqual([guest_id, guest_name, city], ['b', '***', 'Oslo']);
  assert.deepEqual([rows[0]!.key, rows[0]!.value, rows[0]!.headers], [null, null, {}]);
  for (const table of ['silver_guests', 'bronze_guests'])
    for (const dryRun of [true, false]) {
      const { status, text, body } = await shop.post<RedriveReport>(`${base}/redrives`, { table, dryRun });
      assert.equal(status, 200, text);
      assert.ok(body.chosen > 0);
      assert.ok(!text.includes(SECRET), text);
      const kept = body.rows.filter(({ after: is }) => is === 'kept').map(({ row }) => [row?.guest_name, row?.city]);
      assert.deepEqual(kept, dryRun && table === 'silver_guests' ? [['***', 'Atlantis']] : []);
    }
  await visits.run();
  for (const each of gets) assert.ok(!(await shop.get(`${base}${each}`)).text.includes(SECRET), each);
});

test('schemas are told with their versions; a preview of a topic has masked cells, and one of a view its rows', async () => {
  const schemas = (await shop.get<readonly SubjectSchemas[]>(`${base}/schemas`)).body;
  const silver = schemas.find(({ table }) => table === 'silver_visits')!;
  assert.deepEqual([silver.subject, silver.compatibility], [`${name}.silver_visits-value`, 'BACKWARD']);
  assert.equal(silver.versions[0]!.version, 1);
  const guests = await preview('bronze_guests');
  assert.deepEqual([guests.from, guests.masked.includes('guest_name')], ['topic', true]);
  assert.ok(guests.rows.every(({ guest_name }) => guest_name === '***'));
  const gold = (await shop.get<Preview>(`${base}/tables/gold_cities/preview?limit=2`)).body;
  assert.deepEqual([gold.from, gold.rows.length], ['postgres', 2]);
  assert.match(String(gold.rows[0]!.window_start), /^\d{4}-\d\d-\d\dT/);
  assert.equal((await shop.get(`${base}/tables/none/preview`)).status, 404);
  assert.equal((await shop.get(`${base}/tables/gold_cities/preview?limit=51`)).status, 400);
});
