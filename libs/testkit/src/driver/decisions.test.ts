import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  days,
  isoInstant,
  json,
  materializedView,
  minutes,
  oneOf,
  pipeline,
  streamingTable,
  topic,
  tumbling,
  view,
} from '@medallion/pipeline';
import { row, string } from '@medallion/schema';
import { testPipeline } from './test-pipeline.ts';

const RawVisit = row('RawVisit', { visitor: string(), at: string(), kind: string() });
const visits = streamingTable('visits')
  .from(topic('visits.raw', { format: json(RawVisit), key: 'visitor' }))
  .queryable({ partitionBy: 'ingestion_date', retention: days(3) });
const known = streamingTable('known')
  .from(visits)
  .expectOrFail('known_kind', 'kind', oneOf('web', 'shop'))
  .expectOrDrop('valid_time', 'at', isoInstant)
  .eventTime('at', { watermarkDelay: minutes(1) });
const webVisits = view('web_visits')
  .from(known)
  .where('is of the web', (visit) => visit.kind === 'web');
const perMinute = materializedView('per_minute')
  .from(known)
  .windowedBy(tumbling(minutes(1)))
  .aggregate((a) => ({ visits: a.count() }));
const all = streamingTable('all_visits').from(visits);
const plan = pipeline('museum', { tables: [visits, known, webVisits, perMinute, all] });
const visit = (visitor: string, time: string, kind = 'web') => ({ visitor, at: `2025-12-24T${time}Z`, kind });

test('a flow that stops makes a run fail when the others are at their ends; then tables show how far all came', async () => {
  const museum = testPipeline(plan, { partitions: 1 });
  await museum.given('visits.raw', [visit('a', '11:00:00'), visit('b', '11:00:00', 'boat'), visit('c', '11:00:00')]);
  await assert.rejects(museum.rows(known), /MED_EXPECTATION_FAILED.*museum\.visits\[0\] offset 1 broke known_kind/);
  assert.deepEqual(
    (await museum.rows(known)).map(({ visitor }) => visitor),
    ['a'],
  );
  assert.deepEqual(
    (await museum.rows(perMinute)).map(({ visits: n }) => n),
    [1],
  );
  assert.equal((await museum.rows(all)).length, 3);
  await museum.resume('known');
  await assert.rejects(museum.run(), /known_kind/, 'nothing was mended');
  await museum.skip('known', 'by ship');
  assert.deepEqual(
    (await museum.rows(known)).map(({ visitor }) => visitor),
    ['a', 'c'],
  );
  assert.match(
    (await museum.quarantine(known))[0]?.reason ?? '',
    /broke known_kind; skipped by test at 2025.*: by ship/,
  );
});

test('only a flow that has stopped is decided about', async () => {
  const museum = testPipeline(plan);
  await museum.given('visits.raw', [visit('a', '11:00:00')]);
  await museum.run();
  await assert.rejects(museum.skip('known'), /the flow "known" has not stopped; stopped have: none/);
});

test('late rows, counts of rules and the copy in Postgres are shown, a view is not', async () => {
  const museum = testPipeline(plan, { partitions: 1 });
  await museum.given('visits.raw', [visit('a', '11:05:00'), visit('b', '11:03:59'), visit('c', 'noon')]);
  const late = (await museum.late(perMinute)).map(({ offset, latenessMs }) => [offset, latenessMs]);
  assert.deepEqual(late, [[1, 1_000]]);
  assert.deepEqual(await museum.quality(known), [
    { rule: 'known_kind', action: 'fail', records: 3, passed: 3, failed: 0, dropped: 0 },
    { rule: 'valid_time', action: 'drop', records: 3, passed: 2, failed: 1, dropped: 1 },
  ]);
  assert.deepEqual(await museum.copy(visits), await museum.rows(visits));
  await assert.rejects(museum.rows('web_visits'), /web_visits is a view: it is not stored/);
  await assert.rejects(museum.quality('unknown'), /museum has no table "unknown", only visits, known/);
});

test('a flow that fails again and again ends the run with what is wrong, in no time', async () => {
  const museum = testPipeline(plan);
  await museum.given('visits.raw', [visit('a', '11:00:00')]);
  museum.clock.now = () => {
    throw new TypeError('the clock is broken');
  };
  await assert.rejects(museum.run(), /failed \d+ times: the clock is broken/);
});
