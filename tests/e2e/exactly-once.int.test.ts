import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { instant } from '@medallion/core';
import { createGenerator, lastChristmas } from '@medallion/santa-generator';
import { AvroRows } from '../support/avro-rows.ts';
import { caughtUp } from '../support/caught-up.ts';
import { Chaos, KILLS_EACH, LEASE_LOST } from '../support/chaos.ts';
import { LiveProof } from '../support/live-proof.ts';
import { createRandom, seedFrom } from '../support/random.ts';
import { type SantaStack, startSantaStack } from '../support/santa-stack.ts';
import { ServiceGroup } from '../support/service-group.ts';
import type { ServiceName } from '../support/service-process.ts';
import { TopicReader } from '../support/topic-reader.ts';
import { until } from '../support/until.ts';
import { verify } from '../support/verify.ts';

// Repeat a run with PROOF_SEED (which events) and PROOF_CHAOS_SEED (what goes wrong when).
const seed = seedFrom(process.env.PROOF_SEED);
const chaosSeed = seedFrom(process.env.PROOF_CHAOS_SEED);
const EVENTS = Number(process.env.PROOF_EVENTS || 200_000);
const PARTITIONS = 4;
/** A group waits this long for a member that was killed. */
const SESSION_TIMEOUT_MS = 3_000;
/** Events are produced over this time, while things go wrong; between two kills of a service it shall get to work. */
const DURATION_MS = Number(process.env.PROOF_SECONDS || 80) * 1_000;
const BATCH = 500;
const LEAST_CHECKS = 20;

describe(`exactly once (PROOF_SEED=${seed} PROOF_CHAOS_SEED=${chaosSeed})`, () => {
  let santa: SantaStack;
  let reader: TopicReader;
  let proof: LiveProof;
  let chaos: Chaos;
  let groups: readonly [ServiceGroup, ServiceGroup, ServiceGroup];
  let passed = 0;
  const started = performance.now();
  const tell = (line: string): void =>
    console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

  before(async () => {
    santa = await startSantaStack(PARTITIONS);
    const env = { ...santa.env, SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) };
    const group = (name: ServiceName): ServiceGroup => new ServiceGroup(name, env, santa.logFolder);
    groups = [group('bronze-ingest'), group('silver-enrich'), group('gold-aggregate')];
    reader = new TopicReader(santa.log);
    proof = new LiveProof(santa.database, reader, new AvroRows(santa.stack.schemaRegistryUrl));
    chaos = new Chaos({
      ...{ random: createRandom(chaosSeed), groups, stack: santa.stack, tell },
      ...{ durationMs: DURATION_MS, sessionMs: SESSION_TIMEOUT_MS },
    });
  });
  after(async () => {
    await Promise.all(groups.map((group) => group.stop()));
    await santa.close(passed < 3);
  });

  const giveUp = (): void => {
    for (const group of groups) group.assertAlive();
  };

  /** A hostile night: about ten events in a second of event time. */
  const generator = createGenerator({
    ...{ seed, start: lastChristmas(instant(Date.now())), events: EVENTS, quality: 'hostile' },
    ...{ ratePerSecond: 10_000, speed: 1_000 },
  });

  /** Sends most events at an even pace, while things go wrong. */
  const feed = async (): Promise<void> => {
    const most = EVENTS * 0.9;
    const began = performance.now();
    for (let sent = 0; sent < most; sent += BATCH) {
      await delay(Math.max(0, began + (sent / most) * DURATION_MS - performance.now()));
      await santa.producer.send(generator.nextBatch(Math.min(BATCH, most - sent)));
    }
  };

  /** Sends the rest; while there were too few snapshots, each batch waits for one. */
  const feedRest = async (): Promise<void> => {
    for (let batch = generator.nextBatch(BATCH); batch.length > 0; batch = generator.nextBatch(BATCH)) {
      const { checks } = proof.totals;
      await santa.producer.send(batch);
      if (checks >= LEAST_CHECKS) continue;
      await until('a further snapshot', () => proof.totals.checks > checks || null, { timeoutMs: 60_000, giveUp });
    }
  };

  /** Checks snapshots until told to stop; those that cannot be taken, as while Postgres is away, are tried again. */
  const watch = async (stop: AbortSignal): Promise<void> => {
    while (!stop.aborted) {
      await proof.check().catch((error: unknown) => tell(`no snapshot: ${error}`));
      await delay(500, undefined, { signal: stop }).catch(() => {});
    }
  };

  test('events are fed while services, broker and database are killed; snapshots of gold are right all the time (I2, I3)', async () => {
    await Promise.all(groups.map((group) => group.scale(1)));
    await until('the gold tables are there', () => santa.database.snapshot(), { timeoutMs: 60_000, giveUp });
    tell(`feeding ${EVENTS} events over ${DURATION_MS / 1_000} s`);
    const done = new AbortController();
    const watching = watch(done.signal);
    await Promise.all([feed(), chaos.run()]);
    tell(`${proof.totals.checks} snapshots so far`);
    await feedRest();
    tell(`${santa.producer.sent.length} events sent, ${santa.producer.retries} appends sent again`);
    await caughtUp(santa.log, santa.database, { timeoutMs: 120_000, giveUp });
    tell('caught up');
    done.abort();
    await watching;
    await proof.check();

    const { checks, finalRows, problems } = proof.totals;
    const { kills, pauses, restarts } = chaos.totals;
    tell(`${checks} snapshots equal their recomputation, ${finalRows} rows were seen final and stayed so`);
    tell(
      `${groups[2].logged(LEASE_LOST)} times the lease refused what an instance had in hand that was taken for dead`,
    );
    assert.deepEqual(problems, []);
    assert.ok(checks >= LEAST_CHECKS, `${checks} snapshots`);
    for (const { name } of groups) assert.equal(kills.get(name), KILLS_EACH, name);
    for (const name of ['silver-enrich', 'gold-aggregate']) assert.ok((pauses.get(name) ?? 0) >= 1, name);
    assert.deepEqual(restarts.toSorted(), ['Postgres', 'the broker']);
    passed++;
  });

  test('gold tables, quarantine, late rows and counts are what the oracle computes from the raw events, row by row', async (t) => {
    if (passed < 1) return t.skip('the events were not fed');
    const { log, database, producer, stack } = santa;
    const { problems, totals } = await verify({
      ...{ log, reader, database, registryUrl: stack.schemaRegistryUrl, partitions: PARTITIONS },
      ...{ sent: producer.sent, ingestedAt: Date.now() },
    });
    tell(JSON.stringify(totals, null, 1));
    assert.deepEqual(problems, []);
    passed++;
  });

  test('no service ended but when it was killed', () => {
    for (const { name, crashes, started: instances } of groups) {
      tell(`${name}: ${instances} processes in all`);
      assert.deepEqual(crashes, [], name);
    }
    passed++;
  });
});
