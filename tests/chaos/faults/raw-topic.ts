import { silentLog } from '@medallion/core';
import { createKafkaAdmin, createTruncation } from '@medallion/kafka';
import { BRONZE } from '../../oracle/santa-oracle.ts';
import { PIPELINE } from '../../support/gold-snapshot.ts';
import { createTopic, RAW_TOPIC } from '../../support/raw-topic.ts';
import { topicEnds } from '../../support/topic-reader.ts';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import { command } from '../support/command.ts';
import { logged, notReady } from '../support/signs.ts';
import type { World } from '../support/world.ts';

/** Records that were never read and are gone. */
const UNREAD = 200;

/** A person makes all tables anew of what is left, which takes that the services are stopped. */
const rebuild = (world: World, allowLoss: boolean) => {
  const args = ['refresh', PIPELINE, BRONZE, '--full', ...(allowLoss ? ['--allow-loss'] : [])];
  return {
    command: `stop the services; medallion ${args.join(' ')}; start the services`,
    async run() {
      const all = Object.values(world.groups);
      const usual = all.map((group) => group.wanted);
      await Promise.all(all.map((group) => group.scale(0)));
      // Leases go back now, and that is right.
      await world.watcher.hold();
      try {
        await command(args, world.env);
      } finally {
        // Whatever came of it, the next fault shall find services to hit.
        world.watchAnew();
        await Promise.all(all.map((group, i) => group.scale(usual[i]!)));
      }
    },
  };
};

/** The topic that the pipeline reads is deleted and made again: offsets begin at 0, and checkpoints mean nothing. */
export const topicRecreated: Fault = {
  name: 'topic-recreated',
  does: `${RAW_TOPIC} is deleted and created again, and fed on`,
  async begin(world) {
    const { log, feed, groups } = world;
    const bronze = groups['bronze-ingest'];
    const gone = logged(bronze, 'MED_TOPIC_MISSING', 60_000);
    await feed.hold();
    const admin = createKafkaAdmin({ brokers: world.env.KAFKA_BROKERS!.split(','), clientId: 'chaos', log: silentLog });
    await admin.deleteTopics([RAW_TOPIC]).finally(() => admin.close());
    await until('bronze finds the topic gone', async () => ((await gone.seen()) ? true : null), { timeoutMs: 60_000 });
    await createTopic(log, RAW_TOPIC, world.partitions);
    world.feedAnew(Array.from({ length: world.partitions }, () => 0));
    return {
      sees: [gone, logged(bronze, 'MED_LOG_RECREATED', 60_000), notReady(bronze, ['MED_LOG_RECREATED'], 60_000)],
      end: async () => {},
      byHand: rebuild(world, false),
    };
  },
};

/** Bronze was away for longer than the topic keeps its records: some that it never read are gone. */
export const retentionPassed: Fault = {
  name: 'retention-passed',
  does: `bronze-ingest is away while retention removes records of ${RAW_TOPIC} that it has not read`,
  async begin(world) {
    const { log, feed, groups } = world;
    const bronze = groups['bronze-ingest'];
    const usual = bronze.wanted;
    await bronze.scale(0);
    const least = feed.fed + UNREAD;
    await until('records that nobody has read', () => feed.fed >= least || null, { timeoutMs: 120_000 });
    await feed.hold();
    const ends = await topicEnds(log, RAW_TOPIC);
    const truncation = createTruncation({
      ...{ brokers: world.env.KAFKA_BROKERS!.split(','), clientId: 'chaos', log: silentLog },
    });
    await truncation.truncate(RAW_TOPIC, new Map(ends.entries())).finally(() => truncation.close());
    world.feedAnew(ends);
    const line = logged(bronze, 'MED_LOG_GAP', 60_000);
    await bronze.scale(usual);
    return {
      sees: [line, notReady(bronze, ['MED_LOG_GAP'], 60_000)],
      end: async () => {},
      byHand: rebuild(world, true),
    };
  },
};
