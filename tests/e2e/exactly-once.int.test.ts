import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { brokerRestart } from '../chaos/faults/broker-restart.ts';
import { commitCut } from '../chaos/faults/commit-cut.ts';
import { kafkaCut } from '../chaos/faults/kafka-cut.ts';
import { kill } from '../chaos/faults/kill.ts';
import { pause } from '../chaos/faults/pause.ts';
import { postgresRestart } from '../chaos/faults/postgres-restart.ts';
import { type Storm, Storms } from '../chaos/storms.ts';
import { firstThroughToGold } from '../chaos/support/places.ts';
import { startWorld, type World } from '../chaos/support/world.ts';
import { caughtUp } from '../support/caught-up.ts';
import { createRandom, seedFrom } from '../support/random.ts';
import { SERVICES } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { verify } from '../support/verify.ts';

// The short version of `npm run chaos` (docs/chaos.md): some of its faults, several at a time. Repeat a run with PROOF_SEED
// (which events) and PROOF_CHAOS_SEED (what goes wrong when).
const seed = seedFrom(process.env.PROOF_SEED);
const chaosSeed = seedFrom(process.env.PROOF_CHAOS_SEED);
/** Fed for as long as things go wrong: what shall be seen to go on needs something to go on with. */
const PER_SECOND = 1_000;
const EVENTS = Number(process.env.PROOF_EVENTS || 500_000);
/** A group waits this long for a member that was killed. */
const SESSION_MS = 3_000;
/** No storm begins after this time. */
const DURATION_MS = Number(process.env.PROOF_SECONDS || 45) * 1_000;
const LEAST_CHECKS = 20;

/**
 * What the promise needs, in an order of the seed; then what there is time for. Each service is killed, and a zombie of each
 * that writes what others read comes back after its session is over: silver behind coordinates, gold behind leases.
 */
const ALWAYS: readonly Storm[] = [
  SERVICES.map(kill),
  [pause('silver-enrich'), pause('gold-aggregate')],
  [postgresRestart('hard')],
  [brokerRestart('hard')],
  [commitCut('before it arrives'), kill('silver-enrich')],
];
const MORE: readonly Storm[] = [
  [pause('bronze-ingest'), kill('gold-aggregate')],
  [commitCut('after it was done')],
  [kafkaCut],
  SERVICES.map(kill),
];

describe(`exactly once (PROOF_SEED=${seed} PROOF_CHAOS_SEED=${chaosSeed})`, () => {
  let world: World;
  let passed = 0;
  const started = performance.now();
  const tell = (line: string): void =>
    console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

  before(async () => {
    world = await startWorld({
      ...{ brokers: 1, smallDisks: false, sessionMs: SESSION_MS, tell },
      feed: { seed, perSecond: PER_SECOND, events: EVENTS },
    });
  });
  after(() => world?.close(passed < 3));

  test('events are fed while services, broker and database are killed and connections cut; snapshots of gold are right all the time (I2, I3)', async () => {
    const { groups, feed, watcher, database, log } = world;
    const giveUp = (): void => {
      for (const group of Object.values(groups)) group.assertAlive();
    };
    await until('the gold tables are there', () => database.snapshot(), { timeoutMs: 120_000, giveUp });
    const [fed, done] = [new AbortController(), new AbortController()];
    const feeding = feed.run(fed.signal);
    const watching = watcher.run(done.signal);
    await firstThroughToGold(world, 120_000, giveUp); // from now on all have learnt their schemas
    const storms = new Storms(world, createRandom(chaosSeed), done.signal);
    await storms.run(ALWAYS, MORE, DURATION_MS);
    tell(`${watcher.totals.checks} snapshots so far`);
    const enough = () => watcher.totals.checks >= LEAST_CHECKS || null;
    await until(`${LEAST_CHECKS} snapshots`, enough, { timeoutMs: 60_000, giveUp });
    fed.abort();
    await feeding;
    tell(`${feed.fed} events sent, ${world.judged.producer.retries} appends sent again`);
    await caughtUp(log, database, { timeoutMs: 120_000, giveUp });
    tell('caught up');
    await watcher.further(AbortSignal.timeout(60_000));
    done.abort();
    await watching;

    tell(`${watcher.totals.checks} snapshots equal their recomputation`);
    assert.deepEqual(watcher.totals.problems, []);
    assert.deepEqual(storms.problems, []);
    assert.ok(storms.happened >= ALWAYS.flat().length, `${storms.happened} faults`);
    passed++;
  });

  test('gold tables, quarantine, late rows and counts are what the oracle computes from the raw events, row by row', async (t) => {
    if (passed < 1) return t.skip('the events were not fed');
    const { log, database, judged, registryUrl, partitions } = world;
    const { problems, totals } = await verify({
      ...{ log, reader: judged.reader, database, registryUrl, partitions },
      ...{ sent: judged.producer.sent, ingestedAt: Date.now() },
    });
    tell(JSON.stringify(totals, null, 1));
    assert.deepEqual(problems, []);
    passed++;
  });

  test('no service ended but when it was killed', () => {
    for (const { name, crashes, started: instances } of Object.values(world.groups)) {
      tell(`${name}: ${instances} processes in all`);
      assert.deepEqual(crashes, [], name);
    }
    passed++;
  });
});
