import { setTimeout as sleep } from 'node:timers/promises';
import { MedallionError } from '@medallion/core';
import type { LogAdmin } from '@medallion/runtime';
import type kafkajs from 'kafkajs';
import { adminClient } from './admin-client.ts';
import { protocolError } from './failure.ts';
import type { KafkaOptions } from './options.ts';

/** Brokers delete and make in the background; longer than this is a fault. */
const GONE_TRIES = 100;
const GONE_WAIT_MS = 100;

const NOT_FOUND = 'GROUP_ID_NOT_FOUND';
const NOT_EMPTY = 'NON_EMPTY_GROUP';

/**
 * Deletes and grows topics and forgets groups on a Kafka cluster; for commands, not for services.
 *
 * @example const admin = createKafkaAdmin({ brokers: ['127.0.0.1:9092'], clientId: 'medallion', log: silentLog })
 */
export function createKafkaAdmin(options: KafkaOptions): LogAdmin {
  const { ask, close } = adminClient(options);
  const members = async (admin: kafkajs.Admin, group: string): Promise<readonly string[]> => {
    const { groups } = await admin.describeGroups([group]);
    return groups.flatMap((each) => each.members.map(({ clientId, clientHost }) => `${clientId} (${clientHost})`));
  };
  return {
    members: (group) => ask((admin) => members(admin, group)),

    deleteTopics: (topics) =>
      ask(async (admin) => {
        const existing = new Set(await admin.listTopics());
        const found = topics.filter((topic) => existing.has(topic));
        if (found.length === 0) return;
        try {
          await admin.deleteTopics({ topics: found });
        } catch (error) {
          // Somebody else may have deleted one of them; what counts is that all are gone.
          if (protocolError(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
        }
        for (let tried = 1; ; tried++) {
          const left = new Set(await admin.listTopics());
          const there = found.filter((topic) => left.has(topic));
          if (there.length === 0) return;
          if (tried === GONE_TRIES) {
            const reason = `${there.join(', ')} still exist ${(GONE_TRIES * GONE_WAIT_MS) / 1_000} s after they were deleted`;
            throw new MedallionError('MED_LOG_UNAVAILABLE', { reason });
          }
          await sleep(GONE_WAIT_MS);
        }
      }),

    growTopic: (topic, partitions) =>
      ask(async (admin) => {
        const count = async (): Promise<number> => {
          const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
          return topics[0]?.partitions.length ?? 0;
        };
        if ((await count()) >= partitions) return;
        await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
        for (let tried = 1; (await count()) < partitions; tried++) {
          if (tried === GONE_TRIES) {
            const reason = `${topic} does not have its ${partitions} partitions after ${(GONE_TRIES * GONE_WAIT_MS) / 1_000} s`;
            throw new MedallionError('MED_LOG_UNAVAILABLE', { reason });
          }
          await sleep(GONE_WAIT_MS);
        }
      }),

    forgetGroup: (group) =>
      ask(async (admin) => {
        try {
          await admin.deleteGroups([group]);
        } catch (error) {
          const said = reasonOf(error);
          if (said === NOT_FOUND) return;
          if (said !== NOT_EMPTY) throw error;
          throw new MedallionError('MED_GROUP_IN_USE', { group, members: (await members(admin, group)).join(', ') });
        }
      }),

    close,
  };
}

/** What the broker said of the one group that was to be deleted: kafkajs keeps that beside its own error. */
function reasonOf(error: unknown): string | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < 10 && at instanceof Error; depth++) {
    const [first] = 'groups' in at ? (at.groups as readonly { readonly error?: unknown }[]) : [];
    if (first !== undefined) return protocolError(first.error);
    at = at.cause;
  }
  return protocolError(error);
}
