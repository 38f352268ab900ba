import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { instant } from '@medallion/core';
import { createGenerator, lastChristmas } from '@medallion/santa-generator';
import { caughtUp, groupOffsets } from '../support/caught-up.ts';
import { seedFrom } from '../support/random.ts';
import { type SantaStack, startSantaStack } from '../support/santa-stack.ts';
import { ServiceGroup } from '../support/service-group.ts';
import { SERVICES } from '../support/service-process.ts';
import { TopicReader, topicEnds } from '../support/topic-reader.ts';
import { FLOWS } from '../support/topology.ts';
import { verify } from '../support/verify.ts';

const PARTITIONS = 4;
const EVENTS = 5_000;
const seed = seedFrom(process.env.QUICK_SEED);

/** design.md §5, all with the prefix `medallion_`; those of every layer. */
const METRICS = [
  'records_in_total',
  'records_out_total',
  'records_dropped_total',
  'records_late_total',
  'batch_seconds',
  'end_to_end_latency_seconds',
  'consumer_lag_records',
  'consumer_lag_seconds',
  'build_info',
];

describe(`clean events from the raw topic to gold (seed ${seed})`, () => {
  let santa: SantaStack;
  let groups: readonly ServiceGroup[];
  let passed = 0;
  const generator = createGenerator({
    seed,
    start: lastChristmas(instant(Date.now())),
    ratePerSecond: 1_000,
    speed: 500,
    quality: 'clean',
  });

  before(async () => {
    santa = await startSantaStack(PARTITIONS);
    groups = SERVICES.map((name) => new ServiceGroup(name, santa.env, santa.logFolder));
  });
  after(async () => {
    await Promise.all(groups.map((group) => group.stop()));
    await santa.close(passed < 4);
  });

  const giveUp = (): void => {
    for (const group of groups) group.assertAlive();
  };
  const feed = async (events: number): Promise<void> => {
    for (let left = events; left > 0; left -= 500) await santa.producer.send(generator.nextBatch(Math.min(500, left)));
  };
  const start = async (): Promise<void> => {
    await Promise.all(groups.map((group) => group.scale(1)));
    await Promise.all(groups.flatMap((group) => group.instances.map((instance) => instance.ready())));
  };
  const problems = async (): Promise<readonly string[]> => {
    await caughtUp(santa.log, santa.database, { timeoutMs: 60_000, giveUp });
    const { log, database, producer, stack } = santa;
    const verdict = await verify({
      ...{ log, reader: new TopicReader(log), database, registryUrl: stack.schemaRegistryUrl, partitions: PARTITIONS },
      ...{ sent: producer.sent, ingestedAt: Date.now() },
    });
    return verdict.problems;
  };

  test('all five gold tables are as the oracle says', async () => {
    await start();
    await feed(EVENTS);
    assert.deepEqual(await problems(), []);
    passed++;
  });

  test('each service answers /livez, /readyz?verbose and /metrics', async () => {
    for (const { name, instances } of groups) {
      const [service] = instances;
      assert.ok(service);
      assert.equal((await service.get('/livez')).status, 200, name);
      const ready = await service.get('/readyz?verbose');
      assert.equal(ready.status, 200, name);
      assert.match(ready.text, /santa-deliveries/, name);
      const metrics = await service.get('/metrics');
      assert.equal(metrics.status, 200, name);
      const missing = METRICS.filter((metric) => !metrics.text.includes(`\nmedallion_${metric}`));
      assert.deepEqual(missing, [], name);
    }
    const silver = await groups[1]!.instances[0]!.get('/metrics');
    assert.match(silver.text, /medallion_expectation_results_total\{[^}]*valid_status[^}]*\} 5000/);
    assert.match(silver.text, /medallion_state_entries\{[^}]*\} [1-9]/);
    const gold = await groups[2]!.instances[0]!.get('/metrics');
    for (const { text } of [silver, gold])
      assert.match(text, /medallion_watermark_seconds\{[^}]*silver_santa_deliveries[^}]*\} 1[.\de+]+/);
    assert.match(gold.text, /medallion_commit_seconds_count\{[^}]*\} [1-9]/);
    passed++;
  });

  test('SIGTERM drains: exit code 0, and the groups have stored the end of their topics', async () => {
    for (const group of groups) assert.deepEqual(await group.stop(), [{ code: 0, signal: null }], group.name);
    for (const { group, input } of FLOWS) {
      const ends = await topicEnds(santa.log, input);
      assert.deepEqual(await groupOffsets(santa.log, group, input), ends, group);
    }
    passed++;
  });

  test('a second start goes on where the first stopped', async () => {
    await feed(1_000);
    await start();
    assert.deepEqual(await problems(), []);
    assert.deepEqual(
      groups.flatMap((group) => group.crashes),
      [],
    );
    passed++;
  });
});
