import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testStack } from '@medallion/devstack';
import { ownDatabase } from '../dashboard/support/own-database.ts';
import { eventsOf, type Sent } from '../dashboard/support/santa-night.ts';
import { santaOracle } from '../oracle/santa-oracle.ts';
import { VIEWS } from '../oracle/views.ts';
import { backUp, restore } from '../support/database-copy.ts';
import { diffTables } from '../support/diff.ts';
import { drained, GoldNight } from '../support/gold-night.ts';
import { GoldDatabase } from '../support/gold-snapshot.ts';
import { until } from '../support/until.ts';

/** A Postgres that is restored from a backup of mid-stream, under the flagship's flows (docs/operating/backup.md). */

const { databaseUrl: server } = await testStack();
const PARTITIONS = 2;
const EVENTS = 1_200;
const SILVER = 'santa-deliveries.silver_santa_deliveries';

type World = {
  readonly night: GoldNight;
  readonly sent: Sent;
  readonly databaseUrl: string;
  readonly database: GoldDatabase;
};

async function withNight(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  const own = await ownDatabase(server, 'backup');
  const night = new GoldNight(PARTITIONS);
  const sent = eventsOf({ seed, events: EVENTS, partitions: PARTITIONS, ratePerSecond: 0.5, quality: 'realistic' });
  try {
    await body({ night, sent, databaseUrl: own.databaseUrl, database: new GoldDatabase(own.databaseUrl) });
  } finally {
    await night.engine.stop();
    await own.drop();
  }
}

const atSilver = async (database: GoldDatabase): Promise<readonly number[]> =>
  (
    await database.query<{ next: number }>(
      `SELECT next_offset AS next FROM medallion.lease WHERE topic = '${SILVER}' ORDER BY partition`,
    )
  ).map(({ next }) => next);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Lets gold run until it has seen so many rows of silver. */
const seen = (database: GoldDatabase, rows: number): Promise<true> =>
  until(`gold has seen ${rows} rows`, async () => (sum(await atSilver(database)) >= rows ? true : null), {
    timeoutMs: 300_000,
    everyMs: 20,
  });

async function differences({ sent, database }: World): Promise<readonly string[]> {
  const expected = santaOracle(sent.records, { partitions: PARTITIONS, ingestedAt: Date.now() });
  await until(
    'the windows are closed',
    async () => ((await database.snapshot()).finalThrough >= expected.finalThrough ? true : null),
    {
      timeoutMs: 300_000,
    },
  );
  const { gold } = await database.snapshot();
  const counts = await database.query<Record<string, unknown>>(
    `SELECT table_name AS table, partition, outcome, records FROM medallion.table_counts WHERE pipeline = 'santa-deliveries'`,
  );
  const copied = await database.query<{ place: string }>(
    `SELECT source_partition || ':' || source_offset AS place FROM santa_deliveries.bronze_santa_deliveries`,
  );
  return [
    ...VIEWS.flatMap(({ name, groupBy }) =>
      diffTables(name, expected.gold.get(name)!, gold.get(name)!, ['window_start', ...groupBy], ['updated_at']),
    ),
    ...diffTables('table_counts', expected.counts, counts, ['table', 'partition', 'outcome']),
    ...diffTables(
      'bronze',
      [...expected.bronze].map((place) => ({ place })),
      copied,
      ['place'],
    ),
  ];
}

test('a backup of mid-stream, restored after all was processed, goes on from its own leases and ends equal to the oracle', (t) =>
  withNight(21, async (world) => {
    const { night, sent, databaseUrl, database } = world;
    await night.send(sent.records.slice(0, EVENTS / 2));
    night.startFlows();
    const stop = night.startGold(databaseUrl, 'auto');
    await seen(database, EVENTS / 8);
    const way = await backUp(databaseUrl);
    t.diagnostic(
      way === 'pg_dump' ? 'with pg_dump and pg_restore' : 'as a copy within the server: no pg_dump of its version here',
    );
    await night.send(sent.records.slice(EVENTS / 2));
    await drained((sql) => database.query(sql), EVENTS);
    const before = await atSilver(database);
    await stop();

    await restore(databaseUrl);
    const restored = await atSilver(database);
    assert.ok(sum(restored) < sum(before), `the backup is older: ${restored} of ${before}`);
    const again = night.startGold(databaseUrl, 'auto');
    try {
      await drained((sql) => database.query(sql), EVENTS);
      assert.deepEqual(await atSilver(database), before);
      assert.deepEqual(await differences(world), []);
    } finally {
      await again();
    }
  }));

test('where the topic no longer holds what came after the backup, gold stops with MED_LOG_GAP and changes nothing', () =>
  withNight(22, async ({ night, sent, databaseUrl, database }) => {
    await night.send(sent.records.slice(0, EVENTS / 2));
    night.startFlows();
    const stop = night.startGold(databaseUrl, 'auto');
    await seen(database, EVENTS / 8);
    await stop();
    const at = await atSilver(database);
    await backUp(databaseUrl);
    await restore(databaseUrl);
    await night.send(sent.records.slice(EVENTS / 2));
    await until(
      'silver has written more than the backup knows',
      () => (night.engine.size(SILVER) > sum(at) + 200 ? true : null),
      {
        timeoutMs: 300_000,
      },
    );
    night.engine.cluster.topic(SILVER)!.forEach((log, partition) => {
      log.truncate(at[partition]! + 5);
    });
    const again = night.startGold(databaseUrl, 'auto');
    try {
      await until(
        'gold says what is wrong',
        () => {
          const condition = night.engine.conditions.get('gold');
          return condition?.ok === false && condition.code === 'MED_LOG_GAP' ? true : null;
        },
        { timeoutMs: 300_000 },
      );
      assert.deepEqual(await atSilver(database), at);
    } finally {
      await again();
    }
  }));
