import { setTimeout as sleep } from 'node:timers/promises';
import { MedallionError } from '@medallion/core';
import type { Checkpoint, PartitionRange, TopicSpec } from '@medallion/runtime';
import type { Admin } from 'kafkajs';
import { protocolError, unavailable } from './failure.ts';
import type { Cluster } from './kafkajs-patch.ts';

/** What is asked about topics and groups. One connection, made at the first question. */
export type Topics = {
  /** Those of the names that are no topics. */
  missing(names: readonly string[]): Promise<readonly string[]>;
  partitions(topic: string): Promise<readonly PartitionRange[] | null>;
  committed(group: string, topic: string): Promise<ReadonlyMap<number, Checkpoint>>;
  ensure(specs: readonly TopicSpec[]): Promise<void>;
  /** The largest record batch that the topic takes, in bytes. */
  maxMessageBytes(topic: string): Promise<number>;
  close(): Promise<void>;
};

const TRIES = 8;
const WAIT_MS = 150;
const MAX_REPLICAS = 3;
/** Topics are deleted rarely: a process that outlives more of it asks again without a new client. */
const MAX_FORMER = 10;
const DEFAULT_MAX_MESSAGE_BYTES = 1_000_000;
/** Shorter-lived segments would be many small files. */
const LEAST_SEGMENT_MS = 3_600_000;
const TOPIC_CONFIG = 2; // ConfigResourceTypes.TOPIC

/**
 * `newAdmin` makes a client: it is asked for another one when a topic that the first one knows is gone. `newCluster`: only for
 * clusters that may hide topics from this login.
 */
export function createTopics(newAdmin: () => Admin, newCluster: (() => Cluster) | null): Topics {
  let admin = newAdmin();
  let connected: Promise<void> | undefined;
  const limits = new Map<string, number>();

  const ready = async (): Promise<Admin> => {
    const asked = admin;
    connected ??= asked.connect();
    try {
      await connected;
    } catch (error) {
      if (admin === asked) {
        // One that found no broker would ask the same one for ever.
        connected = undefined;
        admin = newAdmin();
        void asked.disconnect().catch(() => {});
      }
      throw error;
    }
    return asked;
  };

  /** Clients that others may still wait for; closed at the end. */
  const former: Admin[] = [];

  const again = async <T>(ask: (admin: Admin) => Promise<T>): Promise<T> => {
    let renewed = false;
    for (let tried = 1; ; tried++) {
      const asked = admin;
      try {
        return await ask(await ready());
      } catch (error) {
        // kafkajs retries connections by itself, but not a coordinator or leader that is just being elected.
        if (tried === TRIES || !mayPass(error)) throw error;
        // It asks for every topic that it was ever asked about, and fails for all while one of them is deleted.
        if (isUnknownTopic(error) && !renewed && former.length < MAX_FORMER) {
          renewed = true;
          if (asked !== admin) continue;
          former.push(admin);
          admin = newAdmin();
          connected = undefined;
        } else await sleep(WAIT_MS * tried);
      }
    }
  };

  let asking: Cluster | undefined;

  /**
   * Whether topics that are in no list are none, or hidden: a list of topics leaves out what this login may not see, where
   * an answer about one says that it may not.
   */
  const absent = async (names: readonly string[]): Promise<void> => {
    if (newCluster === null || names.length === 0) return;
    asking ??= newCluster();
    await asking.connect();
    for (const name of names)
      try {
        await asking.addMultipleTargetTopics([name]);
      } catch (error) {
        if (!isUnknownTopic(error)) throw unavailable(error, { topics: [name] });
      }
  };

  const ensure = async (admin: Admin, specs: readonly TopicSpec[]): Promise<void> => {
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    const { brokers } = await admin.describeCluster();
    try {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((spec) => ({
          topic: spec.topic,
          numPartitions: spec.partitions,
          replicationFactor: Math.min(MAX_REPLICAS, brokers.length),
          configEntries: configOf(spec),
        })),
      });
    } catch (error) {
      // Another instance may have created some of them at the same moment; what counts is that all exist.
      const now = new Set(await admin.listTopics());
      if (!missing.every(({ topic }) => now.has(topic))) throw error;
    }
    // A broker knows of a new topic a moment before it serves it; this asks again until it does.
    for (const { topic } of missing) await again((admin) => admin.fetchTopicOffsets(topic));
  };

  return {
    missing: (names) =>
      again(async (admin) => {
        const existing = new Set(await admin.listTopics());
        const gone = names.filter((name) => !existing.has(name));
        await absent(gone);
        return gone;
      }),

    partitions: (topic) =>
      again(async (admin) => {
        // Asked first, because kafkajs retries for ten seconds on a topic that does not exist.
        if (!(await admin.listTopics()).includes(topic)) {
          await absent([topic]);
          return null;
        }
        const ranges = await admin.fetchTopicOffsets(topic);
        return ranges
          .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
          .sort((a, b) => a.partition - b.partition);
      }),

    committed: (group, topic) =>
      again(async (admin) => {
        const checkpoints = new Map<number, Checkpoint>();
        for (const { partitions } of await admin.fetchOffsets({ groupId: group, topics: [topic] }))
          for (const { partition, offset, metadata } of partitions)
            if (Number(offset) >= 0) checkpoints.set(partition, { offset: Number(offset), metadata: metadata ?? '' });
        return checkpoints;
      }),

    ensure: (specs) => again((admin) => ensure(admin, specs)),

    async maxMessageBytes(topic) {
      const known = limits.get(topic);
      if (known !== undefined) return known;
      const admin = await ready();
      let limit = DEFAULT_MAX_MESSAGE_BYTES;
      try {
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: TOPIC_CONFIG, name: topic, configNames: ['max.message.bytes'] }],
        });
        limit = Number(resources[0]?.configEntries[0]?.configValue ?? limit);
      } catch (error) {
        // Whoever may not read the configuration gets batches that fit Kafka's own default.
        if (protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION')
          throw new MedallionError('MED_TOPIC_MISSING', { topic });
        if (protocolError(error) === undefined) throw error;
      }
      limits.set(topic, limit);
      return limit;
    },

    async close() {
      await Promise.all([...former, ...(asking === undefined ? [] : [asking])].map((each) => each.disconnect()));
      if (connected) await admin.disconnect();
    },
  };
}

/** Of several brokers the one that is asked may not know a new topic yet: kafkajs then trips over an answer without it. */
const isUnknownTopic = (error: unknown): boolean =>
  protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION' || error instanceof TypeError;

/** kafkajs calls what it has itself retried to no avail final. */
const mayPass = (error: unknown): boolean =>
  (error as { readonly retriable?: unknown }).retriable === true || isUnknownTopic(error);

function configOf({ cleanup, retentionMs, maxMessageBytes, compaction }: TopicSpec): { name: string; value: string }[] {
  const config = {
    'cleanup.policy': cleanup ?? 'delete',
    'retention.ms': String(retentionMs),
    'max.message.bytes': String(maxMessageBytes),
    ...(compaction === undefined
      ? {}
      : {
          'min.compaction.lag.ms': String(compaction.lagMs),
          // What was deleted goes, also where little else is written: somebody may have asked for it.
          'max.compaction.lag.ms': String(2 * Math.max(compaction.lagMs, LEAST_SEGMENT_MS)),
          'delete.retention.ms': String(compaction.tombstoneRetentionMs),
          // What is still written to is never compacted.
          'segment.ms': String(Math.max(compaction.lagMs, LEAST_SEGMENT_MS)),
        }),
  };
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}
