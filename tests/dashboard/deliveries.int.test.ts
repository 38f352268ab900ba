import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { silentLog } from '@medallion/core';
import { testStack } from '@medallion/devstack';
import { createTableStore } from '@medallion/postgres';
import { emptyCommit } from '@medallion/runtime';
import santa from '@medallion/santa-deliveries';
import type { AnyRow } from '@medallion/schema';
import { type BusinessApp, businessApp } from '../../services/dashboard/src/business/test/business-app.ts';
import { Deliveries } from '../../services/dashboard/src/contract/index.ts';
import { type OwnDatabase, ownDatabase } from './support/own-database.ts';
import { eventsOf, keepNight } from './support/santa-night.ts';

/** The events as they arrive. */

const { databaseUrl } = await testStack();
const SANTA = 'santa-deliveries';
const ARRIVED = 'bronze_santa_deliveries';

describe('deliveries as they arrive', () => {
  let database: OwnDatabase;
  let app: BusinessApp;

  before(async () => {
    database = await ownDatabase(databaseUrl, 'deliveries');
    const sent = eventsOf({ seed: 12, events: 600, partitions: 2, ratePerSecond: 0.4, quality: 'realistic' });
    await keepNight(database.databaseUrl, sent, 2);
    app = await businessApp(database.databaseUrl);
  });
  after(async () => {
    await app?.close();
    await database?.drop();
  });

  test('the newest first, those of a region, and in the live channel each once and those left out counted', async () => {
    const all = await app.read(Deliveries, '/api/deliveries', { limit: 200 });
    assert.equal(all.deliveries.length, 200);
    const arrivals = all.deliveries.map(({ arrivedAt }) => arrivedAt);
    assert.deepEqual(arrivals, arrivals.toSorted().toReversed());
    const asia = await app.read(Deliveries, '/api/deliveries', { limit: 10, region: 'Asia', status: 'delivered' });
    assert.deepEqual(
      asia.deliveries,
      all.deliveries.filter(({ region, status }) => region === 'Asia' && status === 'delivered').slice(0, 10),
    );

    const channel = app.feature.channels.find(({ name }) => name === 'deliveries')!;
    const read = async () => (await channel.read(SANTA)) as Deliveries | null;
    const first = await read();
    assert.deepEqual(first, { deliveries: all.deliveries.slice(0, 20), skipped: 0 });
    assert.equal(await read(), null);
    assert.equal(await channel.read('orders-streaming'), null);
    for (const [come, offset] of [
      [3, 100_000],
      [20, 100_003],
      [65, 100_023],
    ] as const) {
      await arrive(come, offset);
      const more = (await read())!;
      assert.equal(more.deliveries.length, Math.min(come, 20));
      assert.equal(more.skipped, come - more.deliveries.length);
      const newest = Array.from({ length: more.deliveries.length }, (_, i) => `0:${offset + come - 1 - i}`);
      assert.deepEqual(
        more.deliveries.map(({ id }) => id),
        newest,
      );
      assert.equal(await read(), null);
    }
  });

  /** Events that arrive now, as the gold service commits them. */
  async function arrive(events: number, from: number): Promise<void> {
    const store = createTableStore({ databaseUrl: database.databaseUrl, log: silentLog });
    await store.migrate(santa);
    const now = Date.now();
    const rows = Array.from(
      { length: events },
      (_, i): AnyRow => ({
        ...{ event_id: `new-${from + i}`, city: 'Oslo', region: 'Europe', status: 'delivered', gift_count: 1 },
        ...{ ingestion_timestamp: now, ingestion_date: Math.floor(now / 86_400_000) },
        ...{ source_topic: 'santa.deliveries.raw', source_partition: 0, source_offset: from + i },
      }),
    );
    await store
      .commit({
        ...emptyCommit,
        copies: [{ table: ARRIVED, rows }],
        counts: [
          { kind: 'records', table: ARRIVED, flow: ARRIVED, partition: 0, outcome: 'accepted', records: events },
        ],
      })
      .finally(() => store.close());
  }
});
